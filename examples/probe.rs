#![allow(warnings)]
use nova_ft::reader::*;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let p: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (p[11].parse::<f64>().unwrap() + p[12].parse::<f64>().unwrap()) / 100.0
}
fn main() {
    let models = Models::find(Some(std::path::Path::new("/tmp/models/rapidocr/models")), &[]).unwrap();
    let r = TextReader::open(&models, Threads::One).unwrap();
    for f in std::env::args().skip(1) {
        let p = nova_ft::images::decode_upright(std::path::Path::new(&f)).unwrap();
        let t = cpu();
        let o = r.overview(&p).unwrap();
        let t1 = cpu();
        println!(
            "{f} overview {} boxes, line height {}, side {} cpu {:.2}",
            o.quads.len(),
            o.line_height(),
            o.lies_on_its_side(),
            t1 - t
        );
        let q = r.find_lines(&p, [0.0, 0.0, p.width() as f32, p.height() as f32], o.line_height()).unwrap();
        let t2 = cpu();
        let l = r.read_lines(&p, &q).unwrap();
        println!("full det {:.2}; {} lines {:.2}", t2 - t1, l.len(), cpu() - t2);
        for l in &l {
            let [a, b, c, d] = l.quad.bounds();
            println!("{:5.0} {:5.0} {:5.0} {:5.0} {:.3} {:.3} {}", a, b, c, d, l.confidence, l.weakest, l.text);
        }
    }
}
