internal import Datasets
internal import Diffusion
internal import SegModels
internal import TensorCore
internal import Testing

/// Configurations of every version and in part.
@Suite("Configurations")
struct ConfigurationTests {
    private func read(_ json: String, assuming version: Int = DiffUpConfiguration.version) throws -> DiffUpConfiguration {
        try DiffUpConfiguration(ConfigurationTree(json: json, source: "c.json"), source: "c.json", assuming: version)
    }

    @Test("Missing keys take their default")
    func partial() throws {
        let configuration = try read(#"{"imageSize": 96, "decoder": {"resolution": 32}}"#)
        var expected = DiffUpConfiguration()
        expected.imageSize = 96
        expected.decoder.resolution = 32
        #expect(configuration == expected)
    }

    @Test(
        "Unknown keys are refused by name, with the known ones",
        arguments: [
            (#"{"imagesize": 96}"#, "imagesize"), (#"{"decoder": {"wings": 2}}"#, "decoder.wings"),
            (#"{"views": {"mirrors": true, "crops": [1]}}"#, "views.crops"),
        ])
    func unknown(_ json: String, _ key: String) {
        let refusal = #expect(throws: ConfigurationError.self) { try read(json) }
        #expect(refusal?.key == key && refusal?.source == "c.json")
        #expect(refusal?.reason.contains("expected one of") == true)
    }

    @Test(
        "Values of another type or out of range name their key",
        arguments: [
            (#"{"imageSize": "large"}"#, "imageSize"), (#"{"imageSize": 8}"#, "imageSize"),
            (#"{"views": {"cropScales": [-1]}}"#, "views.cropScales"),
            (#"{"views": {"cropScales": [1e18]}}"#, "views.cropScales"),
            (#"{"sampling": {"steps": 251}}"#, "sampling.steps"), (#"{"decoder": {"groups": 0}}"#, "decoder.groups"),
            (#"{"priors": []}"#, "priors"),
        ])
    func values(_ json: String, _ key: String) {
        let refusal = #expect(throws: ConfigurationError.self) { try read(json) }
        #expect(refusal?.key == key, "\(refusal.map(String.init(describing:)) ?? "")")
    }

    @Test("A prior or a source that nobody registered is named with those that are known")
    func unregistered() {
        let refusal = #expect(throws: ConfigurationError.self) { try read(#"{"priors": [{"transformation": "mine"}]}"#) }
        #expect(refusal?.reason.contains("\"mine\"") == true && refusal?.reason.contains("foreground, contrast") == true)
        #expect(throws: ConfigurationError.self) { try read(#"{"information": ["smell"]}"#) }
    }

    /// As version 0.1 wrote it.
    private static let old = #"""
        {"affinity":{"centred":true,"power":2},
         "decoder":{"channels":[8,8,16],"conditionChannels":[26,26,26],"embedding":16,"errorChannels":16,"groups":4,"heads":2,
                    "iouChannels":[16,32],"modulation":"residual","quality":true,"resolution":16,"sinusoid":8,"timeScale":4},
         "edges":true,"fusion":{"fixedCount":4,"normalization":"standardized"},"imageSize":64,
         "priors":["foreground","contrast+affinity"],
         "process":{"curve":"cosine","prediction":"sample","shift":"none","steps":250},
         "sampling":{"ensemble":2,"eta":0,"seed":0,"spacing":"trailing","steps":2},
         "views":{"cropScales":[2.5,1.5],"mirrors":true}}
        """#

    @Test("Version 1 is migrated: priors, edges, computed widths")
    func migration() throws {
        let configuration = try read(Self.old, assuming: 1)
        #expect(configuration.priors == [.foreground, PriorKind.contrast.enhanced])
        #expect(configuration.information == ["edges"])
        #expect(configuration.decoder.channels == [8, 8, 16] && configuration.sampling.ensemble == 2)
        #expect(try read(Self.old.replacing("\"edges\":true", with: "\"edges\":false"), assuming: 1).information.isEmpty)
        #expect(throws: ConfigurationError.self) { try read(Self.old, assuming: 2) }
    }

    @Test("What is written is read again, and says its version")
    func roundTrip() throws {
        for configuration in [DiffUpConfiguration(), .paper] {
            let json = try configuration.json()
            #expect(json.contains(#""version":2"#))
            #expect(try read(json, assuming: 1) == configuration)
        }
        #expect(throws: ConfigurationError.self) { try read(#"{"version": 3}"#) }
    }

    @Test("Settings begin with a preset and are changed by a file, then by single keys")
    func settings() throws {
        let base = try TrainingSettings.presets.member(named: "paper")
        let changed = try base.changed(
            byJSON: #"{"model": {"imageSize": 96}, "training": {"steps": 7}}"#, file: "c.json",
            assignments: ["training.steps=9", "model.process.prediction=v", "training.annotations=[\"box\"]"])
        #expect(changed.model.imageSize == 96 && changed.training.steps == 9)
        #expect(changed.model.process.prediction == .velocity && changed.training.annotations == [.box])
        #expect(changed.model.priors == DiffUpConfiguration.paper.priors)
        #expect(throws: ConfigurationError.self) {
            try base.changed(byJSON: nil, file: "", assignments: ["training.supportsPerQuery=3"])
        }
        #expect(throws: ConfigurationError.self) { try base.changed(byJSON: nil, file: "", assignments: ["training"]) }
        let again = try TrainingSettings().changed(byJSON: changed.json(), file: "c.json", assignments: [])
        #expect(again == changed)
    }
}
