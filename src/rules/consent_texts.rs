//! What is said about consent where the rules do not say it themselves: in English, Korean,
//! Traditional and Simplified Chinese, Spanish and Japanese. Only the texts live here.

/// A text by language; the first is the fallback.
pub type Shipped = [(&'static str, &'static str); 7];

/// A stop is confirmed.
pub static STOPPED: Shipped = [
    ("en", "You will get no more offers from us."),
    ("ko", "앞으로 광고 메시지를 보내지 않겠습니다."),
    ("zh-Hant", "我們不會再傳送優惠訊息給您。"),
    ("zh", "我們不會再傳送優惠訊息給您。"),
    ("zh-Hans", "我们不会再向您发送优惠信息。"),
    ("es", "No recibirás más ofertas nuestras."),
    ("ja", "今後、お知らせの配信を停止いたします。"),
];

/// A stop of everything is confirmed.
pub static STOPPED_ALL: Shipped = [
    ("en", "You will get no more messages from us, except answers when you write to us."),
    ("ko", "앞으로 메시지를 보내지 않겠습니다. 문의하시면 답변만 드립니다."),
    ("zh-Hant", "除了回覆您的訊息外，我們不會再傳送訊息給您。"),
    ("zh", "除了回覆您的訊息外，我們不會再傳送訊息給您。"),
    ("zh-Hans", "除了回复您的信息外，我们不会再向您发送信息。"),
    ("es", "No recibirás más mensajes nuestros, salvo respuestas cuando nos escribas."),
    ("ja", "今後、お問い合わせへの返信以外のメッセージはお送りしません。"),
];

/// It sounded like a stop.
pub static NEAR_STOP: Shipped = [
    ("en", "Shall we stop all offers?"),
    ("ko", "광고 메시지를 모두 중단할까요?"),
    ("zh-Hant", "要停止所有優惠訊息嗎？"),
    ("zh", "要停止所有優惠訊息嗎？"),
    ("zh-Hans", "要停止所有优惠信息吗？"),
    ("es", "¿Dejamos de enviarte ofertas?"),
    ("ja", "お知らせの配信をすべて停止しますか？"),
];

/// A tier is granted.
pub static GRANTED: Shipped = [
    ("en", "Thank you, that is noted. You can stop at any time with STOP."),
    ("ko", "감사합니다. 동의가 등록되었습니다. 언제든지 '수신거부'라고 보내시면 중단됩니다."),
    ("zh-Hant", "謝謝，已為您登記。隨時可傳送「取消訂閱」停止。"),
    ("zh", "謝謝，已為您登記。隨時可傳送「取消訂閱」停止。"),
    ("zh-Hans", "谢谢，已为您登记。随时可发送“退订”停止。"),
    ("es", "Gracias, queda anotado. Puedes pararlo en cualquier momento con STOP."),
    ("ja", "ありがとうございます。登録いたしました。「配信停止」でいつでも停止できます。"),
];

/// A tier was refused.
pub static REFUSED: Shipped = [
    ("en", "All right, you will not get any."),
    ("ko", "네, 보내지 않겠습니다."),
    ("zh-Hant", "好的，我們不會傳送。"),
    ("zh", "好的，我們不會傳送。"),
    ("zh-Hans", "好的，我们不会发送。"),
    ("es", "De acuerdo, no te los enviaremos."),
    ("ja", "承知しました。お送りしません。"),
];

/// It was no stop.
pub static RESUMED: Shipped = [
    ("en", "All right, nothing changes."),
    ("ko", "네, 그대로 유지하겠습니다."),
    ("zh-Hant", "好的，維持不變。"),
    ("zh", "好的，維持不變。"),
    ("zh-Hans", "好的，保持不变。"),
    ("es", "De acuerdo, todo sigue igual."),
    ("ja", "承知しました。このまま継続いたします。"),
];

/// The button that agrees.
pub static YES: Shipped = [
    ("en", "Yes"),
    ("ko", "네"),
    ("zh-Hant", "好"),
    ("zh", "好"),
    ("zh-Hans", "好"),
    ("es", "Sí"),
    ("ja", "はい"),
];

/// The button that refuses.
pub static NO: Shipped = [
    ("en", "No"),
    ("ko", "아니요"),
    ("zh-Hant", "不要"),
    ("zh", "不要"),
    ("zh-Hans", "不要"),
    ("es", "No"),
    ("ja", "いいえ"),
];
