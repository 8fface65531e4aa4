//! Leaves the functions of Node to the program that loads the module, also where a linker asks for them.

fn main() {
    napi_build::setup();
}
