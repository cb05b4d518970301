internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Reproduction of DifFSS")
struct DifFSSReproductionTests {
    /// The wider a stripe the more supports it is shown.
    private struct Greedy: EpisodicSegmenter {
        func segment(_ episode: Episode) -> Prediction {
            let (height, width) = (episode.query.height, episode.query.width)
            let share = min(episode.supports.count * width / 8, width)
            return .mask(BinaryMask(height: height, width: width, values: (0..<height * width).map { $0 % width < share }))
        }
    }

    private static func plan(_ folder: URL) throws -> DifFSSReproduction {
        let network = ResNet(block: .basic, blocks: [1, 1, 2], width: 8)
        let description = BackboneDescription(name: "tiny", network: .resNet(network), preprocessing: .torchvision)
        var state = try description.makeBackbone(ParameterScope(seed: 3)).stateDict()
        state.metadata[Backbones.metadataKey] = String(decoding: try description.json(), as: UTF8.self)
        let weights = folder.appendingPathComponent("net.safetensors")
        try Safetensors.save(state, to: weights)
        WrappedModels.register("greedy") { _ in Greedy() }
        var settings = DifFSSSettings()
        (settings.counts, settings.paperCount, settings.controls) = ([1, 2], 2, [.segmentation, .hed])
        (settings.episodes, settings.realShots, settings.imageSize, settings.fittingEpisodes) = (2, 1, 64, 2)
        (settings.drift.count, settings.drift.candidates, settings.drift.supports) = (1, 2, 2)
        settings.auxiliary.side = 64
        var plan = DifFSSReproduction(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 2),
            backbone: BackboneChoice(name: nil, weights: weights.path), settings: settings)
        plan.models = ["greedy", WrappedModels.contrast]
        plan.seeds = [0, 1]
        return plan
    }

    @Test("Every model is scored alone, with every number of pictures by every control, and under drift; a run goes on")
    func run() async throws {
        let folder = try AuxiliaryFixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plan = try Self.plan(folder)
        let place = folder.appendingPathComponent("run").path
        let report = try await plan.run(in: RunFolder(place, command: DifFSSReproduction.command))
        #expect(report.gains.count == 10)
        #expect(report.drift.count == 2 * DriftRemedy.allCases.count)
        #expect(report.gains.allSatisfy { $0.score?.count == 2 })
        let alone = report.gains.filter { $0.gain == nil }
        #expect(alone.map(\.model) == ["greedy", "contrast"])
        // Two masks of one width have one score, whatever control made the pictures.
        let greedy = report.gains.filter { $0.model == "greedy" && $0.shown.hasPrefix("1 + 2") }
        #expect(greedy.count == 2 && greedy[0].gain == greedy[1].gain && greedy[0].gain?.mean != 0)
        #expect(report.consistency.map(\.model) == ["greedy", "contrast"])
        #expect(report.consistency.allSatisfy { ($0.shared?.mean ?? 1) < 1 })
        // Two models, two controls, more against fewer, six about drift.
        #expect(report.claims.count == 11)
        #expect(report.claims.contains { $0.claim.contains("greedy") && $0.verdict != .undecided })
        for file in ["results.json", "results.csv", "report.html", "manifest.json", "pictures/supports1.png"] {
            #expect(FileManager.default.fileExists(atPath: "\(place)/\(file)"), "\(file)")
        }
        let page = try String(contentsOfFile: "\(place)/report.html", encoding: .utf8)
        #expect(page.contains("claims") && page.contains("drifts"))

        let log = folder.appendingPathComponent("run/results.jsonl")
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        try Data((lines.prefix(5).joined(separator: "\n") + "\n{\"half").utf8).write(to: log)
        let again = try await plan.run(in: RunFolder(resuming: place, command: DifFSSReproduction.command), isResumed: true)
        #expect(again.gains == report.gains && again.drift == report.drift && again.claims == report.claims)
        var other = plan
        other.seeds = [0]
        await #expect(throws: RunError.self) {
            _ = try await other.run(in: RunFolder(resuming: place, command: DifFSSReproduction.command), isResumed: true)
        }
    }

    @Test("Learners are trained by the run, or read from files, and wrapped as all others")
    func learners() async throws {
        let folder = try AuxiliaryFixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var plan = try Self.plan(folder)
        var network = HSNetConfiguration()
        (network.imageSize, network.channels, network.groups) = (64, [4, 4, 4], 2)
        var settings = FewShotSettings(network)
        (settings.training.steps, settings.training.batchSize) = (2, 2)
        (plan.models, plan.trainedLearners, plan.seeds) = (["hsnet"], [settings], [0])
        plan.settings.drift.amount = 0
        let place = folder.appendingPathComponent("trained").path
        let report = try await plan.run(in: RunFolder(place, command: DifFSSReproduction.command))
        #expect(report.gains.count == 5 && report.gains.allSatisfy { $0.model == "hsnet" && $0.score != nil })
        let file = "\(place)/learners/hsnet-fold0/learner.safetensors"
        #expect(try FewShotCheckpoint(contentsOf: URL(fileURLWithPath: file)).settings.architecture == "hsnet")
        (plan.trainedLearners, plan.models) = ([], [])
        try plan.wrap(learners: [file.replacing("fold0", with: "fold{fold}")])
        let given = folder.appendingPathComponent("given").path
        let again = try await plan.run(in: RunFolder(given, command: DifFSSReproduction.command))
        #expect(again.gains == report.gains)
    }

    @Test("Plans that cannot be run are refused with what is wrong")
    func validation() throws {
        let folder = try AuxiliaryFixtures.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let plan = try Self.plan(folder)
        func refused(_ word: String, _ change: (inout DifFSSReproduction) -> Void) {
            var other = plan
            change(&other)
            let error = #expect(throws: (any Error).self) { try other.validate() }
            #expect("\(error as Any)".contains(word), "\(word)")
        }
        refused("nobody") { $0.models = ["nobody"] }
        refused("needs --learner") { $0.models = ["hsnet"] }
        refused("checkpoint") { $0.models = [WrappedModels.diffUp] }
        refused("seeds") { $0.seeds = [1, 1] }
        refused("paperCount") { $0.settings.paperCount = 3 }
        refused("controls") { $0.settings.controls = [] }
        refused("drift.candidates") { $0.settings.drift.candidates = 0 }
        refused("fold") { $0.folds = [] }
    }

    @Test("Correlations of pairs")
    func correlation() {
        #expect(Correlation.pearson([1, 2, 3], [2, 4, 6]) == 1)
        #expect(Correlation.pearson([1, 2, 3], [3, 2, 1]) == -1)
        #expect(Correlation.pearson([1, 1, 1], [3, 2, 1]) == nil && Correlation.pearson([1], [1]) == nil)
    }
}
