internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Learners as programs use them: settings, files, answers.
@Suite("Learners behind backbones")
struct LearnerTests {
    /// Small settings of an architecture.
    static func settings(_ architecture: String) throws -> FewShotSettings {
        let size =
            architecture == HSNetConfiguration.architecture
            ? ["network.channels=[4,4,8]", "network.imageSize=64"] : ["network.width=8", "network.imageSize=64"]
        let training = ["training.steps=6", "training.batchSize=2", "training.flips=true", "training.checkpointInterval=2"]
        return try FewShotSettings(architecture: architecture).changed(byJSON: nil, file: "", assignments: size + training)
    }

    static let architectures = [HSNetConfiguration.architecture, PFENetConfiguration.architecture]

    private static func loaded(_ folder: URL) throws -> LoadedBackbone {
        try BackboneChoice(folder.appending(path: "net.safetensors").path).load()
    }

    /// Writes a learner of random weights behind the folder's network.
    private static func save(_ settings: FewShotSettings, in folder: URL) throws -> URL {
        let backbone = try loaded(folder)
        let network = try settings.network.makeNetwork(
            ParameterScope(seed: 3), behind: backbone.backbone.levels, precision: .float32)
        let url = folder.appending(path: "learner.safetensors")
        let origin = FewShotCheckpoint.Origin(
            name: "small", weightsSHA256: backbone.weightsSHA256, levels: backbone.backbone.levels)
        try FewShotCheckpoint.save(network, settings, behind: origin, note: "nothing", to: url)
        return url
    }

    @Test("Settings survive JSON, and wrong keys and values are named", arguments: architectures)
    func settings(_ architecture: String) throws {
        let settings = try Self.settings(architecture)
        let again = try JSONDecoder().decode(FewShotSettings.self, from: JSONEncoder().encode(settings))
        #expect(again == settings)
        let printed = try FewShotSettings(architecture: architecture)
            .changed(byJSON: settings.json(), file: "config.json", assignments: [])
        #expect(printed == settings)
        for (assignment, key) in [
            ("network.depth=3", "network.depth"), ("training.steps=0", "training.steps"),
            ("network.imageSize=1", "network.imageSize"),
            ("training.annotations=[\"none\"]", "training.annotations"), ("model.x=1", "model"),
            ("architecture=unet", "architecture"),
            ("training.evaluationInterval=3", "training.evaluationInterval"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try settings.changed(byJSON: nil, file: "", assignments: [assignment])
            }
            #expect(error?.key == key, "\(assignment): \(String(describing: error))")
        }
        #expect(throws: UnknownName.self) { try FewShotSettings(architecture: "unet") }
    }

    @Test("A file says what it is and answers by path alone", arguments: architectures)
    func checkpoint(_ architecture: String) async throws {
        try await RunTests.inFolder { folder in
            let settings = try Self.settings(architecture)
            let checkpoint = try FewShotCheckpoint(contentsOf: Self.save(settings, in: folder))
            #expect(checkpoint.settings == settings && checkpoint.note == "nothing")
            let backbone = try Self.loaded(folder)
            #expect(checkpoint.origin?.weightsSHA256 == backbone.weightsSHA256)
            #expect(checkpoint.remark(behind: backbone) == nil)
            let model = try checkpoint.model(behind: backbone)
            for shots in [1, 3] {
                let episode = try SmallModel.episode(shots: shots)
                let first = try model.segment(episode)
                guard case .probabilities(let map) = first else {
                    Issue.record("found \(first)")
                    return
                }
                #expect(map.height == episode.query.height && map.width == episode.query.width)
                #expect(map.values.allSatisfy { (0...1).contains($0) })
                #expect(try model.segment(episode) == first)
                let uncached = try checkpoint.model(behind: backbone, cacheCapacity: 0)
                #expect(try uncached.segment(episode) == first)
            }
            var episode = try SmallModel.episode()
            episode.supports = []
            #expect(throws: FewShotError.noSupport) { try model.segment(episode) }
            let query = episode.query
            episode.supports = [Support(image: query, annotation: .none)]
            #expect(throws: FewShotError.self) { try model.segment(episode) }
        }
    }

    @Test("HSNet reads any backbone of as many maps, PFENet its own alone")
    func otherBackbone() async throws {
        try await RunTests.inFolder { folder in
            let description = BackboneDescription(
                name: "wide", network: .resNet(.tiny(width: 16, blocks: [1, 1, 2])), preprocessing: .torchvision)
            var state = try description.makeBackbone(ParameterScope(seed: 2)).stateDict()
            state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
            let url = folder.appending(path: "wide.safetensors")
            try Safetensors.save(state, to: url)
            let wide = try BackboneChoice(url.path).load()
            let hsnet = try FewShotCheckpoint(contentsOf: Self.save(Self.settings("hsnet"), in: folder))
            #expect(
                try hsnet.model(behind: wide).segment(SmallModel.episode())
                    != .mask(BinaryMask(height: 1, width: 1, values: [true])))
            #expect(hsnet.remark(behind: wide) == "HSNet was trained behind small, not behind wide")
            let pfenet = try FewShotCheckpoint(contentsOf: Self.save(Self.settings("pfenet"), in: folder))
            let error = #expect(throws: FewShotError.self) { try pfenet.model(behind: wide) }
            #expect(error?.description.contains("was trained behind small: ") == true, "\(String(describing: error))")
        }
    }

    @Test("Files of something else are refused with what they lack")
    func otherFiles() async throws {
        try await RunTests.inFolder { folder in
            let error = #expect(throws: FewShotError.self) {
                try FewShotCheckpoint(contentsOf: folder.appending(path: "model.safetensors"))
            }
            #expect(error?.description.contains("fss.learner") == true)
            let url = try Self.save(Self.settings("hsnet"), in: folder)
            let whole = try Safetensors.load(contentsOf: url)
            let hostile = [
                ("fss.learner.format", "2"), ("fss.learner.format", "x"), ("fss.learner", "{"), ("fss.learner", "[]"),
                ("fss.learner", #"{"architecture":"unet"}"#),
                ("fss.learner", #"{"architecture":"hsnet","network":{"imageSize":-1}}"#),
                ("fss.learner", #"{"architecture":"hsnet","training":{"steps":"NaN"}}"#), ("fss.learner.backbone", "{}"),
                ("fss.learner.backbone", #"{"name":"a","weightsSHA256":"","levels":[{"tap":1}]}"#),
                ("fss.learner.backbone", String(repeating: "[", count: 100_000)),
            ]
            for (key, text) in hostile {
                var state = whole
                state.metadata[key] = text
                try Safetensors.save(state, to: url)
                #expect(throws: FewShotError.self, "\(key) \(text.prefix(60))") { try FewShotCheckpoint(contentsOf: url) }
            }
            var state = whole
            state[state.names[0]] = nil
            try Safetensors.save(state, to: url)
            let cut = try FewShotCheckpoint(contentsOf: url)
            #expect(throws: CheckpointError.self) { try cut.model(behind: Self.loaded(folder)) }
            let published = try FewShotCheckpoint(published: url, as: HSNetConfiguration())
            #expect(published.origin == nil)
        }
    }

    @Test("A published file is read past its backbone's weights")
    func published() async throws {
        try await RunTests.inFolder { folder in
            let settings = try Self.settings("hsnet")
            let url = try Self.save(settings, in: folder)
            let own = try FewShotCheckpoint(contentsOf: url).model(behind: Self.loaded(folder))
            var state = try Safetensors.load(contentsOf: url)
            state["backbone.conv1.weight"] = Tensor(zeros: [2, 2])
            var plain = state.addingPrefix("module.")
            plain.metadata = [:]
            let file = folder.appending(path: "published.safetensors")
            try Safetensors.save(plain, to: file)
            let network = try #require(settings.network as? HSNetConfiguration)
            let model = try FewShotCheckpoint(published: file, as: network).model(behind: Self.loaded(folder))
            let episode = try SmallModel.episode()
            #expect(try model.segment(episode) == own.segment(episode))
        }
    }

    @Test("Dropout leaves the mean of a map and drops whole channels")
    func dropout() {
        var random = TorchRandom(seed: 4)
        let map = Tensor(ones: [64, 2, 2, 64])
        let dropped = FewShotLearner.dropped(map, 0.25, &random)
        #expect(abs(dropped.mean().scalar - 1) < 0.03)
        let values = dropped.scalars
        #expect(Set(values) == [0, 1 / 0.75])
        for channel in 0..<64 { #expect(Set((0..<4).map { values[$0 * 64 + channel] }).count == 1) }
    }

    @Test("Every number of the settings has a range, and any value is refused by its key or makes a network")
    func ranges() throws {
        let networks: [(any FewShotFamily, ConfigurationRanges)] = [
            (HSNetConfiguration(), HSNetConfiguration.ranges), (PFENetConfiguration(), PFENetConfiguration.ranges),
        ]
        for (network, ranges) in networks {
            #expect(try ConfigurationWalk.faults(of: [network], ranges: ranges).filter { !$0.contains("scales") }.isEmpty)
        }
        var training = FewShotTrainingConfiguration()
        training.shards = 2
        #expect(try ConfigurationWalk.faults(of: [training], ranges: FewShotTrainingConfiguration.ranges).isEmpty)
        let levels = [(8, 8), (16, 16), (16, 16)].map { FeatureLevel(tap: "map\($0.0)", channels: $0.0, stride: $0.1) }
        for architecture in Self.architectures {
            let settings = try Self.settings(architecture)
            let tree = try ConfigurationTree(encoding: settings)
            let all = ConfigurationRanges().with(
                networks.first { type(of: $0.0).architecture == architecture }?.1 ?? [:], under: "network"
            )
            .with(FewShotTrainingConfiguration.ranges, under: "training")
            let result = try ConfigurationWalk.walk(tree, ranges: all) { tree in
                let text = String(decoding: try JSONEncoder().encode(tree), as: UTF8.self)
                let found = try settings.changed(byJSON: text, file: "c.json", assignments: [])
                do throws(FewShotError) {
                    _ = try found.network.makeNetwork(ParameterScope(.loading), behind: levels, precision: .float32)
                } catch .levels {
                    // More pairs of pixels than memory holds.
                }
            }
            #expect(result.faults.isEmpty && result.taken > 10 && result.refused > 100, "\(architecture): \(result)")
        }
    }
}
