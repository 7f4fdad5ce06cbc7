//! What stands around the numbers: provenance, and the figures beside the file.

use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborated;
use crate::plan::Output;
use crate::plan::output::{Format, PlotLook};
use crate::plot;
use crate::results::Header;
use crate::session::{Line, RunOptions};
use std::path::{Path, PathBuf};

/// Dots per inch of figures as PNG.
const DPI: f64 = 180.0;

/// The header of a run that ends now.
pub fn header(elaborated: &Elaborated, options: &RunOptions, complete: bool) -> Header {
    let plan = &elaborated.plan;
    Header {
        ann_version: env!("CARGO_PKG_VERSION").to_string(),
        created: now(),
        seed: plan.seed,
        command: options.command.clone(),
        host: host(),
        title: plan.title.clone(),
        attributes: elaborated.attributes.clone(),
        doc: elaborated.doc.clone(),
        sources: elaborated.sources.clone(),
        params: elaborated.params.iter().map(|p| (p.name.clone(), p.doc.clone(), p.value.clone())).collect(),
        overrides: options.overrides.clone(),
        plan: serde_json::to_string(plan).unwrap_or_default(),
        complete,
    }
}

/// The present time, RFC 3339 in UTC.
pub fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date, with years that begin in March so that leap days come last.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|s| s.trim().to_string());
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    format!("{name} ({}, {}{})", std::env::consts::OS, std::env::consts::ARCH, instructions())
}

/// The widest instruction set that kernels choose from: rounding may depend on it.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            return ", avx512";
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return ", avx2";
        }
    }
    ""
}

/// Writes each figure beside the result file in the formats that the script names, `OUT_NAME.svg` and `OUT_NAME.png` by default.
pub fn write_figures(plots: &[Output], lines: &[Line], output: &Path, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let stem = output.file_stem().map(|s| s.to_string_lossy().to_string()).unwrap_or_default();
    let folder = output.parent().unwrap_or(Path::new(""));
    for line in lines {
        let Line::Figure { name, figure } = line else { continue };
        let wanted = plots.iter().find_map(|o| match o {
            Output::Plot(plan) if plan.name == *name => Some(plan.look.formats.clone()),
            _ => None,
        });
        let mut write = |extension: &str, bytes: &[u8]| -> Result<(), Diagnostic> {
            let path = folder.join(format!("{stem}_{name}.{extension}"));
            let aside = folder.join(format!(".{stem}_{name}.{extension}.new"));
            let done = std::fs::write(&aside, bytes).and_then(|()| std::fs::rename(&aside, &path));
            done.map_err(|e| {
                let _ = std::fs::remove_file(&aside);
                Diagnostic::general(codes::CANNOT_WRITE, format!("the figure `{}` cannot be written: {e}", path.display()))
                    .help("the results are in the file; run the same command again to draw the figure")
            })?;
            files.push(path);
            Ok(())
        };
        let failed = |e: plot::PngError| Diagnostic::general(codes::CANNOT_WRITE, e.to_string());
        for format in wanted.unwrap_or_else(|| PlotLook::default().formats) {
            match format {
                Format::Svg => write("svg", plot::svg(figure).content.as_bytes())?,
                Format::Png => write("png", &plot::png(figure, DPI).map_err(failed)?.content)?,
                Format::Pdf => write("pdf", &plot::pdf(figure).map_err(failed)?.content)?,
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_has_its_form() {
        let t = super::now();
        assert_eq!(t.len(), 20, "{t}");
        assert!(t.starts_with("20") && t.ends_with('Z'), "{t}");
    }
}
