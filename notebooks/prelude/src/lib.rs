pub use nova_ft::*;
