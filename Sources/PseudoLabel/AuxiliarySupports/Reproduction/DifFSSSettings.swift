internal import Datasets
internal import Foundation
public import TensorCore

/// All numbers of a reproduction of DifFSS, as one JSON file.
public struct DifFSSSettings: VersionedConfiguration, Hashable {
    public static let version = 1

    /// The measurements against the drift of generation.
    public struct Drift: Hashable, Codable, Sendable {
        /// How far the painter leaves the layout on purpose, 0...2; 0 for no measurement.
        public var amount: Float = 0.6
        /// Auxiliary supports of each real one.
        public var count = 4
        /// Pictures that filters choose from.
        public var candidates = 8
        /// Supports whose pictures' scores are compared with where the thing really is.
        public var supports = 24
    }

    /// Auxiliary supports of each real one, a row of the table for each number.
    public var counts = [1, 2, 4, 8]
    /// Which of them the paper has, for the comparison of controls and models.
    public var paperCount = 4
    /// What generators are told, a column for each: names of ``ControlKind``.
    public var controls = ControlKind.allCases
    /// Episodes a fold and seed.
    public var episodes = 200
    /// Real supports of the row beside, which says what as many real ones give.
    public var realShots = 5
    /// Episodes of base classes on which thresholds are chosen.
    public var fittingEpisodes = 100
    /// The square that baselines see, without a checkpoint.
    public var imageSize = 320
    /// Sampling steps of DiffUp; 0 for those of the checkpoint.
    public var steps = 0
    /// Masks that DiffUp draws and averages; 0 for those of the checkpoint.
    public var ensemble = 0
    /// Words and numbers of the pictures.
    public var auxiliary = AuxiliarySettings()
    /// Drift.
    public var drift = Drift()

    /// The defaults.
    public init() {}

    /// A setting for two cores and Shapes-5i: few episodes and few steps.
    public static var quick: DifFSSSettings {
        var settings = DifFSSSettings()
        settings.episodes = 40
        settings.fittingEpisodes = 40
        (settings.steps, settings.ensemble) = (4, 1)
        settings.drift.supports = 16
        return settings
    }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = [
            "counts": .list(.whole(1...64), count: 1...16), "paperCount": .whole(1...64), "episodes": .whole(1...100_000),
            "realShots": .whole(1...64), "fittingEpisodes": .whole(1...100_000), "imageSize": .whole(32...2048),
            "steps": .whole(0...1000), "ensemble": .whole(0...1000), "drift.amount": .real(0...2), "drift.count": .whole(1...64),
            "drift.candidates": .whole(1...256), "drift.supports": .whole(0...100_000),
        ]
        return own.with(AuxiliarySettings.ranges, under: "auxiliary")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        func check(_ holds: Bool, _ key: String, _ reason: String) throws(ConfigurationError) {
            if !holds { throw ConfigurationError(source: source, key: key, reason: reason) }
        }
        try check(
            !controls.isEmpty && Set(controls).count == controls.count, "controls", "expected different names, one at least")
        do throws(ConfigurationError) {
            try auxiliary.validateSide(source: source)
        } catch {
            throw error.under("auxiliary")
        }
        try check(Set(counts).count == counts.count, "counts", "found \(counts), expected different numbers")
        try check(counts.contains(paperCount), "paperCount", "found \(paperCount), expected one of counts \(counts)")
        try check(
            drift.candidates >= drift.count, "drift.candidates",
            "found \(drift.candidates), expected drift.count \(drift.count) or more")
    }
}
