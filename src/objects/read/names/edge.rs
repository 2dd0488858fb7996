//! A step from one object to the next.

/// How an object holds another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    /// An attribute, or a variable of a module.
    Attribute(String),
    /// The value of a key, as the key is printed.
    Key(String),
    /// A key itself.
    KeyItself(String),
    /// An item by its place.
    Index(u64),
    /// An item without a place.
    Item,
    /// An item of an array.
    Element,
    /// A result that `functools.lru_cache` keeps, as its key is printed.
    Cached(String),
    /// The cell of a variable.
    Cell(String),
    /// What a variable of a closure is set to.
    Closure(String),
    /// The default of an argument.
    Default(String),
    /// A variable of a frame or generator.
    Local(String),
    /// What a frame or generator has at hand without a name.
    Stack,
    /// A reference of which no more is known.
    Reference,
}

impl Edge {
    /// An attribute.
    pub(super) fn attribute(name: &str) -> Self {
        Self::Attribute(name.to_owned())
    }

    /// As it is written behind the object it leads away from.
    pub fn shown(&self) -> String {
        match self {
            Self::Attribute(name) => format!(".{name}"),
            Self::Key(key) => format!("[{key}]"),
            Self::KeyItself(key) => format!("[key {key}]"),
            Self::Index(at) => format!("[{at}]"),
            Self::Item => "{item}".to_owned(),
            Self::Element => " element".to_owned(),
            Self::Cached(key) => format!(".cache[{key}]"),
            Self::Cell(name) => format!("{{cell '{name}'}}"),
            Self::Closure(name) => format!(" closure '{name}'"),
            Self::Default(name) => format!(" default '{name}'"),
            Self::Local(name) => format!(" local '{name}'"),
            Self::Stack => " stack".to_owned(),
            Self::Reference => " reference".to_owned(),
        }
    }
}
