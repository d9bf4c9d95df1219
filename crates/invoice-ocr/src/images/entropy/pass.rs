//! The blocks of one pass over a JPEG's picture.

use crate::images::huffman::{Bits, Broken, Code};

/// The farthest that the mean of a block can lie from gray is 1,024; the other half is for rounding and odd writers.
const FARTHEST_MEAN: i64 = 2_048;

/// Of a component, what the data so far have told.
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) quantization: usize,
    /// Blocks in a row of the file's grid, which is filled up to whole units.
    pub(super) stride: usize,
    /// Blocks that hold pixels.
    pub(super) own_blocks: (usize, usize),
    /// For each of the 64 numbers of a block the lowest bit that is known, once it is told.
    pub(super) told: [Option<u8>; 64],
    /// For each block which numbers are not zero; only a progressive picture needs to know.
    pub(super) filled: Vec<u64>,
    pub(super) mean: i32,
}

/// What a pass tells: which numbers of a block, and which of their bits.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) high: u8,
    pub(super) low: u8,
}

/// A pass over the picture while it is read.
pub(super) struct Pass<'a> {
    pub(super) bits: Bits<'a>,
    pub(super) band: Band,
    pub(super) is_progressive: bool,
    /// Blocks to come that have nothing new in this pass.
    pub(super) run: u32,
}

type Codes<'a> = (Option<&'a Code>, Option<&'a Code>);

impl Pass<'_> {
    pub(super) fn block(
        &mut self,
        component: &mut Component,
        block: usize,
        (of_mean, of_rest): Codes<'_>,
        step: Option<u16>,
    ) -> Result<(), Broken> {
        let Band { first, high, .. } = self.band;
        if first == 0 {
            if high > 0 {
                return self.bits.pass(1);
            }
            self.mean(component, of_mean.ok_or(Broken::Senseless)?, step)?;
        }
        let of_rest = || of_rest.ok_or(Broken::Senseless);
        match (self.is_progressive, first, high) {
            (false, ..) => self.rest(of_rest()?),
            (true, 0, _) => Ok(()),
            (true, _, 0) => self.first_of_band(of_rest()?, &mut component.filled[block]),
            (true, ..) => self.refine_band(of_rest()?, &mut component.filled[block]),
        }
    }

    fn mean(&mut self, component: &mut Component, code: &Code, step: Option<u16>) -> Result<(), Broken> {
        let size = self.bits.symbol(code)?;
        if size > 15 {
            return Err(Broken::Senseless);
        }
        component.mean = component.mean.wrapping_add(self.bits.difference(u32::from(size))?);
        let step = i64::from(step.ok_or(Broken::Senseless)?);
        let mean = (i64::from(component.mean) << self.band.low) * step;
        if mean.abs() > FARTHEST_MEAN + step { Err(Broken::Senseless) } else { Ok(()) }
    }

    fn rest(&mut self, code: &Code) -> Result<(), Broken> {
        let mut at = 1;
        while at < 64 {
            let symbol = self.bits.symbol(code)?;
            let (run, size) = (symbol >> 4, symbol & 15);
            match (run, size) {
                (15, 0) => at += 16,
                (_, 0) => return Ok(()),
                _ => {
                    at += usize::from(run) + 1;
                    self.bits.take(u32::from(size))?;
                }
            }
        }
        if at > 64 { Err(Broken::Senseless) } else { Ok(()) }
    }

    fn first_of_band(&mut self, code: &Code, filled: &mut u64) -> Result<(), Broken> {
        if self.run > 0 {
            self.run -= 1;
            return Ok(());
        }
        let mut at = self.band.first;
        while at <= self.band.last {
            let symbol = self.bits.symbol(code)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => at += 16,
                (run, 0) => {
                    self.run = (1 << run) + self.bits.take(run)? - 1;
                    return Ok(());
                }
                _ => {
                    at += run as usize;
                    self.bits.take(size)?;
                    if at > self.band.last {
                        return Err(Broken::Senseless);
                    }
                    *filled |= 1 << at;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    fn refine_band(&mut self, code: &Code, filled: &mut u64) -> Result<(), Broken> {
        let Band { first, last, .. } = self.band;
        let mut at = first;
        while self.run == 0 && at <= last {
            let symbol = self.bits.symbol(code)?;
            let (mut run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                self.run = (1 << run) + self.bits.take(run)?;
                break;
            }
            if size > 1 {
                return Err(Broken::Senseless);
            }
            self.bits.take(size)?;
            // Over `run` empty places; each filled one on the way has a bit.
            while at <= last {
                if *filled & (1 << at) != 0 {
                    self.bits.take(1)?;
                } else if run == 0 {
                    break;
                } else {
                    run -= 1;
                }
                at += 1;
            }
            if size == 1 {
                if at > last {
                    return Err(Broken::Senseless);
                }
                *filled |= 1 << at;
            }
            at += 1;
        }
        if self.run > 0 {
            self.run -= 1;
            let places = (at..=last).fold(0_u64, |places, at| places | 1 << at);
            self.bits.pass((*filled & places).count_ones())?;
        }
        Ok(())
    }
}
