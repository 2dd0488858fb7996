//! The one error type: every message is one line, lower case, and names the thing and the remedy.
