//! The figures as curves, four panels in a picture.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

/// A curve.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// One coordinate system; the horizontal axis is logarithmic, the vertical one begins at 0.
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) lines: Vec<Line>,
}

const SIZE: (u32, u32) = (960, 640);
const COLOURS: [RGBColor; 2] = [RGBColor(0x1f, 0x6f, 0xb4), RGBColor(0xc4, 0x4e, 0x1a)];

/// Draws the panels, two in a row.
pub(crate) fn draw(path: &Path, panels: &[Panel]) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    for (part, panel) in area.split_evenly((2, 2)).iter().zip(panels) {
        let points = || panel.lines.iter().flat_map(|line| &line.points);
        let (least, most) = points().fold((f64::MAX, 1.0_f64), |(least, most), point| {
            (least.min(point.0), most.max(point.0))
        });
        let highest = points().fold(0.0_f64, |highest, point| highest.max(point.1));
        let mut chart = ChartBuilder::on(part)
            .caption(panel.title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(28)
            .y_label_area_size(48)
            .build_cartesian_2d((least..most).log_scale(), 0.0..highest * 1.15)?;
        chart.configure_mesh().light_line_style(WHITE).draw()?;
        for (line, colour) in panel.lines.iter().zip(COLOURS) {
            let curve = LineSeries::new(line.points.iter().copied(), colour.stroke_width(2));
            let drawn = chart.draw_series(curve)?;
            if !line.name.is_empty() {
                drawn.label(line.name).legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
                });
            }
            let dots = line.points.iter().map(|&point| Circle::new(point, 3, colour.filled()));
            chart.draw_series(dots)?;
        }
        if panel.lines.len() > 1 {
            let mut labels = chart.configure_series_labels();
            labels.border_style(BLACK.mix(0.2)).background_style(WHITE).draw()?;
        }
    }
    area.present()?;
    Ok(())
}
