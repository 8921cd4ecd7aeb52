//! `location`: a place on the map.

use super::{Speaker, text};
use crate::model::Degrees;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::LocationDraft;
use crate::rules::problems::At;
use crate::rules::says::Say;

impl Bench<'_> {
    /// Compiles a place.
    pub fn location(&mut self, by: Speaker<'_>, draft: &LocationDraft) -> Option<Say> {
        let name = draft.name.as_ref();
        let name = name.map(|name| self.localised(by, name, &text::PLACE_NAME));
        let address = draft.address.as_ref();
        let address = address.map(|address| self.localised(by, address, &text::PLACE_ADDRESS));
        let latitude = self.degrees(by.sheet, "latitude", draft.latitude.as_ref(), 90.0);
        let longitude = self.degrees(by.sheet, "longitude", draft.longitude.as_ref(), 180.0);
        Some(Say::Location { latitude: latitude?, longitude: longitude?, name, address })
    }

    fn degrees(
        &self,
        sheet: usize,
        key: &str,
        written: Option<&At<f64>>,
        most: f64,
    ) -> Option<Degrees> {
        let written = written?;
        let degrees = Degrees::new(written.value, most);
        if degrees.is_none() {
            let message = format!("`{key}` lies between -{most} and {most}");
            let help = if key == "latitude" && written.value.abs() <= 180.0 {
                "are `latitude` and `longitude` exchanged? The latitude is north or south"
            } else {
                "write degrees with a point: `25.03`; south and west are negative"
            };
            self.report(&codes::BAD_LOCATION, message, sheet, &written.span, "off the map", help);
        }
        degrees
    }
}
