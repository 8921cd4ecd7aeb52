//! Texts usher brings along, for what a form says where its file does not.

/// A text in the languages usher ships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shipped {
    /// A form was cancelled.
    Cancelled,
    /// What was said is no answer.
    Wrong,
    /// Too many wrong answers.
    Failed,
    /// A yes or no that comes too late.
    Expired,
    /// A form is done.
    Done,
    /// A button.
    Yes,
    /// A button.
    No,
}

/// Language and text; English stands first.
pub type Versions = [(&'static str, &'static str); 6];

impl Shipped {
    /// The text in each language.
    #[must_use]
    pub fn versions(self) -> &'static Versions {
        match self {
            Shipped::Cancelled => &[
                ("en", "All right, cancelled."),
                ("ko", "알겠습니다. 취소했습니다."),
                ("ja", "承知しました。キャンセルしました。"),
                ("zh-Hant", "好的，已取消。"),
                ("zh-Hans", "好的，已取消。"),
                ("es", "De acuerdo, cancelado."),
            ],
            Shipped::Wrong => &[
                ("en", "Sorry, I did not understand that."),
                ("ko", "죄송합니다, 이해하지 못했습니다."),
                ("ja", "すみません、わかりませんでした。"),
                ("zh-Hant", "抱歉，我沒有看懂。"),
                ("zh-Hans", "抱歉，我没有看懂。"),
                ("es", "Perdón, no lo entendí."),
            ],
            Shipped::Failed => &[
                ("en", "Sorry, I still did not understand, so I stop here."),
                ("ko", "죄송합니다. 계속 이해하지 못해 여기서 멈추겠습니다."),
                ("ja", "申し訳ありません。わかりませんでしたので、ここで終わります。"),
                ("zh-Hant", "抱歉，我還是沒有看懂，先到這裡。"),
                ("zh-Hans", "抱歉，我还是没有看懂，先到这里。"),
                ("es", "Perdón, sigo sin entenderlo, así que lo dejo aquí."),
            ],
            Shipped::Expired => &[
                ("en", "That is no longer open. Please start again."),
                ("ko", "이미 종료된 질문입니다. 처음부터 다시 시작해 주세요."),
                ("ja", "この質問は終了しています。もう一度最初からお願いします。"),
                ("zh-Hant", "這個問題已經結束，請重新開始。"),
                ("zh-Hans", "这个问题已经结束，请重新开始。"),
                ("es", "Esto ya no está abierto. Empieza de nuevo, por favor."),
            ],
            Shipped::Done => &[
                ("en", "Thank you, that is all."),
                ("ko", "감사합니다. 모두 접수했습니다."),
                ("ja", "ありがとうございます。以上です。"),
                ("zh-Hant", "謝謝，這樣就可以了。"),
                ("zh-Hans", "谢谢，这样就可以了。"),
                ("es", "Gracias, eso es todo."),
            ],
            Shipped::Yes => &[
                ("en", "Yes"),
                ("ko", "네"),
                ("ja", "はい"),
                ("zh-Hant", "是"),
                ("zh-Hans", "是"),
                ("es", "Sí"),
            ],
            Shipped::No => &[
                ("en", "No"),
                ("ko", "아니요"),
                ("ja", "いいえ"),
                ("zh-Hant", "否"),
                ("zh-Hans", "否"),
                ("es", "No"),
            ],
        }
    }
}
