//! Leaves the functions of Python to the interpreter that loads the module, also where a linker asks for them.

fn main() {
    pyo3_build_config::add_extension_module_link_args();
}
