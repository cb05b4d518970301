internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The reproduction of DiffUp's tables, as small as it can be.
@Suite("Reproduction of DiffUp")
struct ReproductionTests {
    private static func plan(_ backbone: URL) -> DiffUpReproduction {
        var settings = DiffUpSettings.quick
        settings.model.imageSize = 64
        settings.model.decoder = SmallModel.configuration.decoder
        settings.model.sampling.ensemble = 1
        (settings.training.steps, settings.training.warmUpSteps, settings.training.batchSize) = (2, 1, 2)
        settings.pretraining.steps = 2
        settings.pretraining.imageSize = 32
        (settings.episodes, settings.figureEpisodes) = (3, 2)
        (settings.shots, settings.steps, settings.samplerSteps, settings.paperSteps) = ([1, 2], [1, 2], 2, 2)
        settings.manyShots = 2
        (settings.words.shape.width, settings.words.shape.dimension, settings.words.shape.imageSize) = (16, 8, 64)
        (settings.words.imagesPerClass, settings.words.steps, settings.words.batchSize) = (1, 2, 8)
        settings.variants = ["no-affinity", "no-dqm", "cosine", "l2-exponential", "multi-metric", "style", "lfe", "paper"]
        var plan = DiffUpReproduction(
            dataset: DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 4),
            backbones: [BackboneChoice(name: nil, weights: backbone.path)], settings: settings)
        plan.seeds = [0]
        plan.crossDataset = DatasetChoice(DatasetRegistry.shapes5i, imagesPerClass: 5)
        plan.ownBackbones = [
            DiffUpReproduction.OwnBackbone(
                "own",
                BackboneDescription(
                    name: "own", network: .resNet(.tiny(width: 8, blocks: [1, 1, 2])), preprocessing: .torchvision))
        ]
        return plan
    }

    @Test("Every table has its rows, the pictures are there, and a second run does nothing again")
    func whole() async throws {
        let files = try #require(ShippedModels.shapes5i)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reproduction-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let plan = Self.plan(files.backbone)
        let report = try await plan.run(in: RunFolder(folder.path, command: DiffUpReproduction.command))
        let names = report.tables.map(\.name)
        let expected = [
            "Tables 1 and 2", "Table 3", "Table 4", "Table 5", "Table 6", "Table 7", "Table 8", "Table 9", "Table 10", "Figure 6",
            "Figure 9",
        ]
        #expect(expected.allSatisfy(names.contains), "\(names)")
        for table in report.tables {
            for row in table.rows {
                #expect(row.score != nil || row.weights != nil, "\(table.name): \(row.title)")
            }
        }
        for name in [
            "report.html", "results.json", "results.csv", "pictures/figure6.png", "pictures/figure7.png", "pictures/figure9.png",
        ] {
            #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path), "\(name)")
        }
        let page = try String(contentsOf: folder.appendingPathComponent("report.html"), encoding: .utf8)
        #expect(page.contains("73.6") && page.contains("without affinity"))
        let log = folder.appendingPathComponent("results.jsonl")
        let before = try Data(contentsOf: log)
        let again = try await plan.run(
            in: RunFolder(resuming: folder.path, command: DiffUpReproduction.command), isResumed: true)
        #expect(try Data(contentsOf: log) == before)
        #expect(again.tables == report.tables)
        // A score that is missing is made from the decoder that is there, to the same number.
        let lines = before.split(separator: UInt8(ascii: "\n"))
        try Data(lines.dropLast().flatMap { Array($0) + [UInt8(ascii: "\n")] }).write(to: log)
        let completed = try await plan.run(
            in: RunFolder(resuming: folder.path, command: DiffUpReproduction.command), isResumed: true)
        #expect(completed.tables == report.tables)
    }

    @Test("Settings are checked before any work")
    func checked() throws {
        let files = try #require(ShippedModels.shapes5i)
        var plan = Self.plan(files.backbone)
        plan.settings.variants = ["no-such-row"]
        #expect(throws: ConfigurationError.self) { try plan.validate() }
        plan = Self.plan(files.backbone)
        plan.seeds = [1, 1]
        #expect(throws: RunError.self) { try plan.validate() }
        plan = Self.plan(files.backbone)
        plan.settings.samplerSteps = 100_000
        #expect(throws: ConfigurationError.self) { try plan.validate() }
        try DiffUpSettings().validate(source: "defaults")
        try #require(DiffUpReproduction.quick).validate()
    }

    @Test("A direction holds with its interval, leans without, and fails on the other side")
    func verdicts() {
        func verdict(_ values: [Double], _ sign: Double) -> DirectionVerdict {
            DirectionVerdict(MeanInterval(values), sign: sign)
        }
        #expect(verdict([0.1, 0.11, 0.12], 1) == .holds && verdict([-0.1, -0.11, -0.12], -1) == .holds)
        #expect(verdict([0.1, -0.05, 0.1], 1) == .leans && verdict([0.1], 1) == .leans)
        #expect(verdict([-0.1, -0.1], 1) == .fails && verdict([0.1, 0.2], 0) == .undecided && verdict([], 1) == .undecided)
    }

    @Test("A histogram counts every episode once, and overlaps with itself wholly")
    func histogram() {
        let values = [0, 0.05, 0.5, 0.55, 0.99, 1]
        let own = PriorHistogram(name: "a", values: values)
        #expect(abs(own.shares.reduce(0, +) - 1) < 1e-9 && own.shares[0] == 2.0 / 6 && own.shares[9] == 2.0 / 6)
        #expect(abs(own.overlap(with: own) - 1) < 1e-9)
        #expect(own.overlap(with: PriorHistogram(name: "b", values: [0.25])) == 0)
        #expect(PriorHistogram(name: "c").mean == nil)
        #expect(PriorHistogram.sheet([own]).rendered().width > 100)
    }

    @Test("Error maps of three noise levels add up with the noisy mask to what the branch believes")
    func noiseLevels() throws {
        let model = try SmallModel.model()
        let episode = try SmallModel.episode()
        let half = (0..<episode.query.height * episode.query.width).map { $0 % episode.query.width < 20 }
        let truth = ClassMask(object: BinaryMask(height: episode.query.height, width: episode.query.width, values: half))
        let levels = try model.noiseLevels(episode, truth: truth)
        #expect(levels.map(\.name) == ["low", "medium", "high"] && levels.map(\.timestep) == [25, 125, 224])
        for level in levels {
            for index in level.noisy.values.indices {
                let sum = min(max(level.noisy.values[index] + level.predicted.values[index], 0), 1)
                #expect(abs(sum - level.believed.values[index]) < 1e-5)
            }
            #expect(level.tiles().count == 4)
        }
        // Little noise leaves little error.
        func size(_ map: ScalarMap) -> Float { map.values.reduce(0) { $0 + abs($1) } }
        #expect(size(levels[0].actual) < size(levels[2].actual))
    }

    @Test("A sampling sheet has a row a kind of annotation")
    func samplingSheet() throws {
        var configuration = SmallModel.configuration
        configuration.sampling.steps = 8
        let model = try SmallModel.model(configuration)
        let items = SmallModel.dataset.items.filter { $0.classID == SmallModel.dataset.classes[0].id }
        let reference = EpisodeReference(query: items[0].id, classID: items[0].classID, supports: [items[1].id])
        var sheet = SamplingSheet()
        try sheet.add(model, reference, EpisodeLoader(dataset: SmallModel.dataset))
        #expect(sheet.rows.count == SamplingSheet.rules.count)
        #expect(sheet.rows.allSatisfy { $0.count == 2 + SamplingSheet.strip + 2 })
        sheet.add(try model.explain(SmallModel.episode()), try SmallModel.episode())
        #expect(sheet.rows.last?.count == 2 + SamplingSheet.strip + 1)
    }
}
