//! The command `ann`.

fn main() -> std::process::ExitCode {
    ann_lang::cli::main()
}
