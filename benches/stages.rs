//! `cargo bench --bench stages`: the time of each stage with those before it,
//! over generated captures. With criterion's throughput in packets.

mod generator;
#[path = "stages/mod.rs"]
mod pipeline;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Packets of a capture; few when `cargo test` only wants to know that all of
/// it works.
fn packets() -> u64 {
    let is_bench = std::env::args().any(|word| word == "--bench");
    if is_bench { 50_000 } else { 500 }
}

fn capture(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stages-{name}.pcap"));
    let mut out = BufWriter::new(File::create(&path).expect("a file for the capture"));
    generator::write(name, packets(), 1, &mut out)
        .and_then(|()| out.flush())
        .expect("the capture is written");
    path
}

fn stages(criterion: &mut Criterion) {
    for name in ["web", "bulk", "flows"] {
        let path = capture(name);
        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Elements(packets()))
            .sample_size(20)
            .measurement_time(Duration::from_secs(3));
        for stage in pipeline::STAGES {
            group.bench_function(BenchmarkId::from_parameter(stage.name()), |bencher| {
                bencher.iter(|| pipeline::run(stage, &path));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
