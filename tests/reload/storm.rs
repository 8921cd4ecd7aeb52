//! Every habit of those who change files, once, under a load of 500 messages a second.

use crate::house::{House, Rules};
use crate::load::{Answers, Load};
use crate::saves::{self, SAVES};
use crate::wait::{PATIENCE, until};
use crate::{answer, ended, file, generation, live, rules};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Messages a second.
const RATE: u64 = 500;

/// Files of a checkout beside the two that must agree.
const FILLERS: usize = 100;

/// Puts something in the way of reading.
type Hinder = fn(&Path);

/// The storm: a house, the folder its daemon reads, and the generation that is live.
struct Storm {
    house: Arc<House>,
    base: PathBuf,
    g: u64,
}

/// What would be lost: a customer's message to a request that failed while rules were swapped; a
/// customer answered by half of one generation and half of another; an edit that never goes live.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_saves_under_load_fails_no_request_and_mixes_no_generation() {
    let base = tempfile::tempdir().unwrap();
    saves::folder(&base.path().join("one/rules"), &generation(1));
    // The daemon reaches its rules through a link of a parent.
    symlink("one", base.path().join("current")).unwrap();
    let folder = base.path().join("current/rules");
    let house = Arc::new(House::start(&Rules::Folder(&folder)).await);
    let mut storm = Storm { house: Arc::clone(&house), base: base.path().to_owned(), g: 1 };
    let (load, answers) = (Load::start(&house, RATE), Answers::read(&house));
    until("the load runs", PATIENCE, async || (load.sent() > 200).then_some(())).await;

    for _ in 0..rounds() {
        storm.editors().await;
        storm.an_older_file().await;
        storm.bad_edits().await;
        storm.what_cannot_be_read().await;
        storm.a_folder_removed_and_made_again().await;
        storm.a_checkout().await;
        storm.a_config_map().await;
        storm.a_parent_link().await;
    }

    let (sent, failed) = load.stop().await;
    assert_eq!(failed, 0, "of {sent} requests");
    until("every message is answered", PATIENCE, async || (answers.count() >= sent).then_some(()))
        .await;
    let heard = answers.stop().await;
    println!("storm: {sent} messages, {} answers, {} generations", heard.answers, storm.g);
    assert_eq!(heard.answers, sent, "each once");
    assert_eq!(heard.mixed, Vec::<String>::new());
    assert!(heard.generations.len() > 5, "the load met few generations: {:?}", heard.generations);
}

impl Storm {
    fn folder(&self) -> PathBuf {
        self.base.join("current/rules")
    }

    async fn live(&self, step: &str) {
        live(&self.house, &self.folder(), self.g, step).await;
    }

    async fn editors(&mut self) {
        for (name, save) in SAVES {
            self.g += 1;
            for file_name in ["marker.rhai", "answer.toml"] {
                save(&self.folder().join(file_name), &file(self.g, file_name));
            }
            self.live(name).await;
        }
    }

    /// What would be lost: a file brought back with its time of long ago looks older than what is
    /// in force; whoever compares times never reads it.
    async fn an_older_file(&mut self) {
        self.g += 1;
        for name in ["marker.rhai", "answer.toml"] {
            saves::with_old_time(&self.folder().join(name), &file(self.g, name));
        }
        self.live("an older file put back").await;
    }

    async fn bad_edits(&mut self) {
        let path = self.folder().join("answer.toml");
        let good = file(self.g, "answer.toml");
        let bad = good.replace("examples =", "exemples =");
        saves::in_place_in_two_chunks(&path, &bad);
        let rules = ended(&self.house, "rejected", "a bad edit").await;
        let place = &rules["last"]["diagnostics"][0]["places"][0];
        assert_eq!((&place["file"], &place["line"]), (&"answer.toml".into(), &9.into()), "{place}");
        assert!(place["column"].as_u64().unwrap() >= 1, "{place}");
        assert_eq!(rules["stale"], true);
        assert_eq!(answer(&self.house).await, format!("#5 g{0} g{0}", self.g));

        saves::in_place_in_two_chunks(&path, &good);
        ended(&self.house, "unchanged", "the exact revert of a bad edit").await;
        self.live("reverted").await;

        saves::in_place_in_two_chunks(&path, &bad);
        ended(&self.house, "rejected", "a bad edit again").await;
        self.g += 1;
        for name in ["marker.rhai", "answer.toml"] {
            saves::in_place_in_two_chunks(&self.folder().join(name), &file(self.g, name));
        }
        self.live("mended").await;
    }

    async fn what_cannot_be_read(&mut self) {
        let hindrances: &[(&str, Hinder)] = &[
            ("a dangling link", |path| symlink("nowhere", path).unwrap()),
            ("a link to itself", |path| symlink("x.toml", path).unwrap()),
            ("a folder named like a file", |path| fs::create_dir(path).unwrap()),
            ("a pipe", |path| {
                assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
            }),
            ("a file over its limit", |path| {
                fs::File::create(path).unwrap().set_len(9 * 1024 * 1024).unwrap();
            }),
        ];
        for (what, hinder) in hindrances {
            let path = self.folder().join("x.toml");
            hinder(&path);
            let rules = ended(&self.house, "unreadable", what).await;
            let place = &rules["last"]["diagnostics"][0]["places"][0];
            assert_eq!(place["file"], "x.toml", "{what}: {place}");
            assert_eq!(answer(&self.house).await, format!("#5 g{0} g{0}", self.g), "{what}");
            if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
            ended(&self.house, "unchanged", what).await;
        }
        self.folder_loop().await;
    }

    async fn folder_loop(&mut self) {
        for name in ["round", "round-too"] {
            symlink(".", self.folder().join(name)).unwrap();
        }
        ended(&self.house, "unreadable", "two folders that hold themselves").await;
        for name in ["round", "round-too"] {
            fs::remove_file(self.folder().join(name)).unwrap();
        }
        self.live("the loops are gone").await;
    }

    async fn a_folder_removed_and_made_again(&mut self) {
        let folder = self.folder();
        fs::remove_dir_all(&folder).unwrap();
        ended(&self.house, "unreadable", "the folder is gone").await;
        assert_eq!(answer(&self.house).await, format!("#5 g{0} g{0}", self.g));
        self.g += 1;
        saves::folder(&folder, &generation(self.g));
        self.live("the folder is back").await;
        // The watches, too, are on the new folder: it is not only looked at.
        assert_eq!(rules(&self.house).await["polling"], false);
    }

    async fn a_checkout(&mut self) {
        let folder = self.folder();
        git(&folder, &["init", "--quiet"]);
        for round in 0..2 {
            self.g += 1;
            // In the order of a checkout the two that must agree are first and last.
            for n in 0..FILLERS {
                let text = format!(
                    "# {round}\n[[reply]]\nid = \"filler-{n}\"\nwords = [\"filler{n}x\"]\ntext = \"{round}\"\n"
                );
                fs::write(folder.join(format!("b{n}.toml")), text).unwrap();
            }
            for (name, text) in generation(self.g) {
                fs::write(folder.join(name), text).unwrap();
            }
            git(&folder, &["add", "."]);
            git(&folder, &["commit", "--quiet", "-m", "rules"]);
            git(&folder, &["tag", &format!("g{}", self.g)]);
            self.live("written by hand").await;
        }
        for g in [self.g - 1, self.g] {
            git(&folder, &["checkout", "--quiet", &format!("g{g}")]);
            live(&self.house, &folder, g, "a checkout").await;
        }
        fs::remove_dir_all(folder.join(".git")).unwrap();
    }

    async fn a_config_map(&mut self) {
        self.g += 1;
        let volume = format!("volume-{}", self.g);
        saves::config_map(&self.base.join(&volume).join("rules"), self.g, &flat(self.g));
        saves::symlink_over(volume, &self.base.join("current"));
        self.live("a ConfigMap in place of the folder").await;
        for _ in 0..3 {
            self.g += 1;
            saves::publish(&self.folder(), self.g, &flat(self.g));
            self.live("a ConfigMap changed").await;
        }
    }

    async fn a_parent_link(&mut self) {
        self.g += 1;
        let release = format!("release-{}", self.g);
        saves::folder(&self.base.join(&release).join("rules"), &generation(self.g));
        saves::symlink_over(release, &self.base.join("current"));
        self.live("a parent's link leads elsewhere").await;
        // And what is changed there now is seen.
        self.g += 1;
        for name in ["marker.rhai", "answer.toml"] {
            fs::write(self.folder().join(name), file(self.g, name)).unwrap();
        }
        self.live("a save behind the new link").await;
    }
}

/// How often all of it is done.
fn rounds() -> u64 {
    let rounds = std::env::var("USHER_RELOAD_ROUNDS").ok();
    rounds.map_or(1, |text| text.parse().expect("USHER_RELOAD_ROUNDS is a number"))
}

/// ConfigMaps have no folders.
fn flat(g: u64) -> Vec<(String, String)> {
    generation(g).into_iter().filter(|(name, _)| !name.contains('/')).collect()
}

fn git(folder: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
    // Nothing of whoever runs the test, nor of a repository around it.
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").env_remove("GIT_WORK_TREE");
    let output = command.args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
}
