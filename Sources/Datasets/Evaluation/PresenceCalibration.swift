public import Foundation

/// A calibrated presence: how probably the class is in the query at all, from several numbers that a segmenter computes anyway.
///
/// Logistic regression on the numbers brought to mean 0 and deviation 1. It is fitted on episodes of base classes, half of which ask
/// about a class that the query does not show, and lies as a small JSON file beside the decoder that it belongs to.
public struct PresenceCalibration: Codable, Hashable, Sendable {
    /// Rises when a field changes its meaning.
    public static let version = 1

    /// One number that counts.
    public struct Term: Codable, Hashable, Sendable {
        /// What the segmenter calls it.
        public var name: String
        /// Its mean over the episodes of the fit.
        public var mean: Double
        /// Its deviation over them, above 0.
        public var deviation: Double
        /// What a deviation more adds to the logarithm of the odds.
        public var weight: Double
    }

    /// Where a calibration comes from.
    public struct Provenance: Codable, Hashable, Sendable {
        /// The digest of the decoder's file.
        public var decoder: String
        /// The networks that it stood behind.
        public var backbones: [BackboneRecord]
        /// The name of the dataset.
        public var dataset: String
        /// The digest of its list.
        public var listHash: String
        /// The classes that were asked for.
        public var classes: [String]
        /// The digest of all episodes, ``EpisodeReference/hash(of:)``.
        public var episodeHash: String
        /// How masks were drawn, by name.
        public var settings: [String: String]

        /// Names all of it.
        public init(
            decoder: String, backbones: [BackboneRecord], dataset: String, listHash: String, classes: [String],
            episodeHash: String, settings: [String: String]
        ) {
            (self.decoder, self.backbones, self.dataset, self.listHash) = (decoder, backbones, dataset, listHash)
            (self.classes, self.episodeHash, self.settings) = (classes, episodeHash, settings)
        }
    }

    /// How well it tells the episodes of its fit, each class by a fit to the others.
    public struct Quality: Codable, Hashable, Sendable {
        /// Episodes whose query holds the class.
        public var present: Int
        /// Episodes whose query does not.
        public var absent: Int
        /// The area under the receiver operating characteristic; nil where one kind is missing.
        public var areaUnderROC: Double?
        /// The mean squared difference between presence and truth (Brier's score): 0.25 is a guess at half.
        public var brier: Double
    }

    /// The version of the file.
    public var version = Self.version
    /// The logarithm of the odds where every number has its mean.
    public var bias: Double
    /// The numbers.
    public var terms: [Term]
    /// Where it comes from.
    public var provenance: Provenance
    /// How good it is.
    public var quality: Quality

    /// The presence, 0...1. What is missing or no number counts as its mean.
    public func presence(_ signals: [String: Float]) -> Float {
        let logit = terms.reduce(bias) { sum, term in
            guard let value = signals[term.name], value.isFinite else { return sum }
            return sum + term.weight * (Double(value) - term.mean) / term.deviation
        }
        return Float(1 / (1 + exp(-logit)))
    }

    /// The presence, where every number that counts is known; nil where one is missing.
    public func presence(ifKnownFrom signals: [String: Float]) -> Float? {
        terms.allSatisfy { signals[$0.name] != nil } ? presence(signals) : nil
    }

    /// The place of a decoder's calibration: `model.presence.json` beside `model.safetensors`.
    public static func file(beside decoder: URL) -> URL {
        decoder.deletingPathExtension().appendingPathExtension("presence.json")
    }

    /// Reads the calibration beside a decoder; nil where there is none.
    ///
    /// - Throws: ``RunError`` for a file that is damaged, of another version, or of another decoder.
    public static func load(beside decoder: URL, sha256: String) throws(RunError) -> PresenceCalibration? {
        let url = file(beside: decoder)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let advice = "fit it again with `fss evaluate --fit-presence`, or remove it"
        let expected = "a calibration of presence, version \(version)"
        let found = try RunJSON.read(PresenceCalibration.self, from: url, expected: expected, advice: advice)
        if let fault = found.fault { throw .file(url.path, found: fault, expected: expected, advice: advice) }
        guard found.provenance.decoder == sha256 else {
            throw .file(
                url.path, found: "the calibration of the decoder \(found.provenance.decoder.prefix(16))",
                expected: "that of \(decoder.lastPathComponent), \(sha256.prefix(16))", advice: advice)
        }
        return found
    }

    /// Beyond it a weight would make a sum that is no number.
    private static let largest = 1e6

    /// What makes it unusable; nil for nothing.
    private var fault: String? {
        if version != Self.version { return "version \(version)" }
        if terms.count > 1000 { return "\(terms.count) terms" }
        if !(abs(bias) <= Self.largest) { return "the bias \(bias)" }
        let wrong = terms.first { term in
            let isOrdinary = abs(term.weight) <= Self.largest && abs(term.mean) <= 1e30
            return !isOrdinary || !(1e-12...1e30).contains(term.deviation)
        }
        return wrong.map { "the term \($0.name) with mean \($0.mean), deviation \($0.deviation), weight \($0.weight)" }
    }
}
