import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Presence from what a model computes anyway.
@Suite("Presence calibration")
struct PresenceCalibrationTests {
    private static let provenance = PresenceCalibration.Provenance(
        decoder: "0123456789abcdef", backbones: [], dataset: "none", listHash: "", classes: [], episodeHash: "", settings: [:])

    /// "peak" tells of presence with some noise, "noise" tells nothing, "same" never changes.
    private static func samples(_ count: Int = 200) -> [PresenceSample] {
        var random = TorchRandom(seed: 3)
        let noise = random.normal(shape: [count, 2]).scalars
        return (0..<count).map { index in
            let isPresent = index % 2 == 0
            let peak = (isPresent ? Float(5.5) : 4.5) + 0.5 * noise[2 * index]
            return PresenceSample(
                signals: ["peak": peak, "noise": noise[2 * index + 1] * 100, "same": 1], isPresent: isPresent, classID: index / 20
            )
        }
    }

    @Test("The fit weighs what tells, leaves out what never changes, and is calibrated")
    func fit() throws {
        let samples = Self.samples()
        let calibration = try PresenceCalibration(fitting: samples, provenance: Self.provenance)
        #expect(calibration.terms.map(\.name) == ["noise", "peak"])
        #expect(calibration.terms[1].weight > 1 && abs(calibration.terms[0].weight) < 0.5)
        #expect(calibration.quality.present == 100 && calibration.quality.absent == 100)
        #expect(try #require(calibration.quality.areaUnderROC) > 0.8 && calibration.quality.brier < 0.2)
        // Penalised likelihood leaves the bias free: the mean presence is the share of present ones.
        let mean = samples.reduce(0) { $0 + Double(calibration.presence($1.signals)) } / Double(samples.count)
        #expect(abs(mean - 0.5) < 1e-4)
        #expect(calibration.presence(["peak": 8]) > 0.9 && calibration.presence(["peak": 2]) < 0.1)
        // What is missing or no number is as its mean.
        let neutral = calibration.presence(["peak": Float(calibration.terms[1].mean)])
        #expect(abs(calibration.presence([:]) - neutral) < 1e-5 && abs(calibration.presence(["peak": .nan]) - neutral) < 1e-5)
    }

    @Test("Early numbers alone are fitted where the others add nothing, and all where they add something")
    func early() throws {
        let enough = try PresenceCalibration(fitting: Self.samples(), provenance: Self.provenance, early: ["peak", "same"])
        #expect(enough.terms.map(\.name) == ["peak"])
        #expect(enough.presence(ifKnownFrom: ["peak": 8, "other": 0]) == enough.presence(["peak": 8]))
        let late = try PresenceCalibration(fitting: Self.samples(), provenance: Self.provenance, early: ["noise"])
        #expect(late.terms.map(\.name) == ["noise", "peak"])
        #expect(late.presence(ifKnownFrom: ["noise": 1]) == nil)
    }

    @Test("Numbers that part both kinds without fault give finite weights")
    func separable() throws {
        let samples = (0..<40).map { PresenceSample(signals: ["x": Float($0)], isPresent: $0 >= 20, classID: $0 % 4) }
        let calibration = try PresenceCalibration(fitting: samples, provenance: Self.provenance)
        #expect(calibration.terms[0].weight.isFinite)
        // Each class is judged by a fit of the others. The fit without 19 has its edge at 19, the one without 20 at 20: both numbers get
        // about a half, from different fits, and may change places. No other pair of the 20 x 20 may.
        #expect(try #require(calibration.quality.areaUnderROC) >= 1 - 1.0 / 400)
        let all = samples.map { calibration.presence($0.signals) }
        #expect(all == all.sorted(), "one fit ranks what it was fitted to without fault")
    }

    @Test("Episodes of one kind, or of nothing that differs, cannot be fitted to")
    func refusedFits() {
        let present = Self.samples().filter(\.isPresent)
        #expect(throws: RunError.self) { try PresenceCalibration(fitting: present, provenance: Self.provenance) }
        let same = (0..<8).map { PresenceSample(signals: ["same": 1], isPresent: $0 % 2 == 0, classID: 0) }
        #expect(throws: RunError.self) { try PresenceCalibration(fitting: same, provenance: Self.provenance) }
    }

    @Test("A file beside the decoder is read whole; a damaged one, another version and another decoder's are refused")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fss-presence-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let decoder = folder.appending(path: "model.safetensors")
        let file = PresenceCalibration.file(beside: decoder)
        #expect(file.lastPathComponent == "model.presence.json")
        #expect(try PresenceCalibration.load(beside: decoder, sha256: "0123456789abcdef") == nil)
        let calibration = try PresenceCalibration(fitting: Self.samples(), provenance: Self.provenance)
        try TextFile.writeJSON(calibration, to: file)
        #expect(try PresenceCalibration.load(beside: decoder, sha256: "0123456789abcdef") == calibration)
        let other = #expect(throws: RunError.self) { try PresenceCalibration.load(beside: decoder, sha256: "fedc") }
        #expect(other?.description.contains("fit-presence") == true)
        var broken = calibration
        broken.terms[0].deviation = 0
        var newer = calibration
        newer.version = 9
        for (text, fragment) in [
            (try TextFile.json(broken), "deviation 0"), (try TextFile.json(newer), "version 9"), ("{", "presence"),
            ("[]", "presence"),
            (#"{"version": 1, "bias": "much"}"#, "bias"),
        ] {
            try TextFile.write(text, to: file)
            let error = #expect(throws: RunError.self) {
                try PresenceCalibration.load(beside: decoder, sha256: "0123456789abcdef")
            }
            #expect(error?.description.contains(file.path) == true && error?.description.contains(fragment) != false)
        }
    }

    @Test("A judged prediction is a map beside its presence, for masks, scores and several ways")
    func judged() throws {
        let map = ProbabilityMap(height: 1, width: 4, values: [0.9, 0.2, 0.6, 0.1])
        let (plain, judged) = (Prediction.probabilities(map), Prediction.judged(map, presence: 0.25))
        #expect(judged.mask() == plain.mask() && judged.map == map && plain.presence == nil && !judged.isDecided)
        #expect(PresenceScore.judged.value(of: judged) == 0.25)
        #expect(PresenceScore.judged.value(of: plain) == PresenceScore.standard.value(of: plain))
        #expect(PresenceScore.standard.value(of: judged) == PresenceScore.standard.value(of: plain))
        #expect(try NWayDecision.masks(of: [judged, plain]) == NWayDecision.masks(of: [plain, plain]))
    }
}
