//! A store that now and then cannot be written.

use crate::fronted::Trouble;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use usherd::model::Timestamp;
use usherd::store::memory::Memory;
use usherd::store::{Claimed, Commit, Committed, Store, StoreError, Terms};

/// Refuses the next so many commits; everything else is the store's own.
pub struct Flaky {
    pub store: Arc<Memory>,
    pub refuse: Arc<AtomicU32>,
    /// Of so many claims that move a job the answer is lost.
    pub lose: AtomicU32,
    /// So many commits are kept, and their answer is lost.
    pub doubt: Arc<AtomicU32>,
}

#[async_trait]
impl Trouble for Flaky {
    fn store(&self) -> &dyn Store {
        &*self.store
    }

    async fn commit(&self, step: Commit) -> Result<Committed, StoreError> {
        let left =
            self.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match left {
            Ok(_) => Err(StoreError::Unavailable("the disk is full".to_owned())),
            Err(_) => {
                let answer = self.store.commit(step).await;
                let doubt = |n: u32| n.checked_sub(1);
                match self.doubt.fetch_update(Ordering::SeqCst, Ordering::SeqCst, doubt) {
                    Ok(_) => Err(StoreError::Unavailable("its last sync failed".to_owned())),
                    Err(_) => answer,
                }
            }
        }
    }

    async fn claim(
        &self,
        now: Timestamp,
        limit: usize,
        terms: &Terms,
    ) -> Result<Vec<Claimed>, StoreError> {
        let claimed = self.store.claim(now, limit, terms).await?;
        let lose = |n: u32| n.checked_sub(u32::from(!claimed.is_empty()));
        match self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lose) {
            Ok(left) if left > 0 && !claimed.is_empty() => {
                Err(StoreError::Unavailable("its last sync failed".to_owned()))
            }
            _ => Ok(claimed),
        }
    }
}
