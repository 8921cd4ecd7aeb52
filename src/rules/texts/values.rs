//! The names of usher, and what scripts give, as values of the text engine.

use crate::rules::scope::facts::{Fact, Facts, Group};
use minijinja::value::{Object, ObjectRepr, Value, ValueKind};
use minijinja::{Error, ErrorKind, State};
use rhai::Dynamic;
use std::fmt;
use std::sync::Arc;

/// All first names: groups, `now`, functions.
#[derive(Debug)]
pub(super) struct Root(pub(super) Arc<Facts>);

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if let Some(fact) = self.0.root(name) {
            return value(&self.0, fact);
        }
        let function = || Function { facts: self.0.clone(), name: name.to_owned() };
        self.0.scripts.has(name).then(|| Value::from_object(function()))
    }
}

/// A name that stands for several values.
#[derive(Debug)]
struct Handle {
    facts: Arc<Facts>,
    group: Group,
}

impl Object for Handle {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        value(&self.facts, self.facts.get(self.group, key.as_str()?))
    }
}

/// `yes` or `no`, true or false.
#[derive(Debug)]
struct YesNo(bool);

impl Object for YesNo {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "yes" } else { "no" })
    }
}

/// A function of the rules.
#[derive(Debug)]
struct Function {
    facts: Arc<Facts>,
    name: String,
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, values: &[Value]) -> Result<Value, Error> {
        let values = values.iter().map(|value| dynamic(&self.name, value));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let given = self.facts.scripts.call(&self.name, values, self.facts.clone());
        let given = given.map_err(|error| invalid(error.message))?;
        from_script(&self.name, given)
    }
}

/// What is absent is undefined.
fn value(facts: &Arc<Facts>, fact: Fact) -> Option<Value> {
    Some(match fact {
        Fact::Absent => return None,
        Fact::Text(text) => Value::from(text),
        Fact::Whole(number) => Value::from(number),
        Fact::Decimal(number) => Value::from(number),
        Fact::YesNo(yes) => Value::from_object(YesNo(yes)),
        Fact::List(items) => Value::from(items),
        Fact::Group(group) => Value::from_object(Handle { facts: facts.clone(), group }),
    })
}

fn dynamic(function: &str, value: &Value) -> Result<Dynamic, Error> {
    if let Some(yes) = value.downcast_object_ref::<YesNo>() {
        return Ok(yes.0.into());
    }
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned().into());
    }
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => {
            Err(invalid(format!("`{function}` is given a value that is missing")))
        }
        ValueKind::Bool => Ok(value.is_true().into()),
        ValueKind::Number => match value.as_i64() {
            Some(whole) => Ok(whole.into()),
            None => Ok(f64::try_from(value.clone())?.into()),
        },
        ValueKind::Seq => {
            let items = value.try_iter()?.map(|item| dynamic(function, &item));
            Ok(Dynamic::from_array(items.collect::<Result<_, _>>()?))
        }
        _ => Err(invalid(format!("`{function}` cannot be given such a value"))),
    }
}

/// Nothing and an empty text are undefined, so that `default` works.
fn from_script(function: &str, given: Dynamic) -> Result<Value, Error> {
    if let Some(items) = given.clone().try_cast::<rhai::Array>() {
        let items = items.into_iter().map(|item| from_script(function, item));
        return Ok(Value::from(items.collect::<Result<Vec<_>, _>>()?));
    }
    if let Ok(yes) = given.as_bool() {
        return Ok(Value::from_object(YesNo(yes)));
    }
    if let Ok(number) = given.as_int() {
        return Ok(Value::from(number));
    }
    if let Ok(number) = given.as_float() {
        return Ok(Value::from(number));
    }
    if let Ok(one) = given.as_char() {
        return Ok(Value::from(one.to_string()));
    }
    if given.is_unit() {
        return Ok(Value::UNDEFINED);
    }
    match given.into_string() {
        Ok(text) if text.trim().is_empty() => Ok(Value::UNDEFINED),
        Ok(text) => Ok(Value::from(text)),
        Err(_) => Err(invalid(format!("`{function}` gave what cannot be written"))),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}
