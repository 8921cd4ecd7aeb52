//! What Linux says of this process, read for `/metrics`. Elsewhere nothing is said.

use crate::metrics::ProcessMetrics;
use std::fs;

/// Of `/proc/self/stat`: fixed to 100 for every program, whatever the kernel's own tick is.
const TICKS_A_SECOND: f64 = 100.0;

/// Where user time, then system time stand after the program's name, which may hold blanks.
const USER_TIME_FIELD: usize = 11;

/// Brings the gauges up to date; what cannot be read stays as it was.
pub(super) fn measure(metrics: &ProcessMetrics) {
    if let Some(bytes) = resident_bytes() {
        metrics.resident_bytes.set(bytes);
    }
    if let Ok(handles) = fs::read_dir("/proc/self/fd") {
        // One of them is the reading itself.
        let open = handles.count().saturating_sub(1);
        metrics.open_fds.set(i64::try_from(open).unwrap_or(i64::MAX));
    }
    if let Some(most) = max_fds() {
        metrics.max_fds.set(most);
    }
    if let Some(seconds) = cpu_seconds() {
        let more = seconds - metrics.cpu_seconds.get();
        metrics.cpu_seconds.inc_by(more.max(0.0));
    }
}

fn resident_bytes() -> Option<i64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    kibibytes.checked_mul(1_024)
}

fn max_fds() -> Option<i64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut times = after_name.split(' ').skip(USER_TIME_FIELD);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some((user + system) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_them_all() {
        assert!(resident_bytes().unwrap() > 100_000);
        assert!(max_fds().unwrap() > 3);
        assert!(cpu_seconds().unwrap() >= 0.0);
        let metrics = ProcessMetrics::default();
        measure(&metrics);
        assert!(metrics.open_fds.get() > 0);
    }
}
