internal import Datasets
internal import Foundation

extension Syn4SegReproduction {
    /// Where the supports of a cell are from.
    func source(fold: Int, shots: Int, seed: UInt64) -> SynthesisPlan.Source {
        let file = supports?.replacing("{fold}", with: "\(fold)").replacing("{shots}", with: "\(shots)")
            .replacing("{seed}", with: "\(seed)")
        return SynthesisPlan.Source(dataset, convention, fold: fold, shots: shots, supportSeed: seed, supports: file)
    }

    func source(_ cell: Syn4SegCell) -> SynthesisPlan.Source { source(fold: cell.fold, shots: cell.shots, seed: cell.seed) }

    /// The plan with the digest of all files of supports: results are kept by row, so that no stage would see that a file has changed.
    ///
    /// - Throws: `DatasetError` for a file that cannot be read.
    func identified() throws(DatasetError) -> Syn4SegReproduction {
        var plan = self
        let files = Set(cells.compactMap { source($0).supports }).sorted()
        var digests: [String] = []
        for file in files { digests.append(try SupportList(contentsOf: URL(fileURLWithPath: file)).sha256) }
        plan.supportsHash = digests.isEmpty ? nil : contentDigest(digests)
        return plan
    }
}
