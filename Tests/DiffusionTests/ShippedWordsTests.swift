internal import Datasets
@testable internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The words that come along.
@Suite("The words that come along")
struct ShippedWordsTests {
    private static func named(_ backbone: String) -> EvaluationPlan {
        var plan = EvaluationPlan(
            dataset: DatasetChoice("shapes5i", imagesPerClass: 3), backbones: [BackboneChoice(name: nil, weights: backbone)])
        (plan.annotation, plan.baselines, plan.pictures, plan.evaluation.episodes) = (.word, [], 0, 10)
        return plan
    }

    @Test("They are small, made of what their record says, and of use behind the backbone that comes along alone")
    func belongs() throws {
        struct Made: Decodable {
            struct Part: Decodable { var sha256: String }
            var fold: Int
            var sha256: String
            var backbone: Part
        }
        let url = try #require(ShippedModels.words)
        let files = try #require(ShippedModels.shapes5i)
        #expect(try Data(contentsOf: url).count <= 500_000)
        let record = url.deletingPathExtension().appendingPathExtension("json")
        let made = try JSONDecoder().decode(Made.self, from: Data(contentsOf: record))
        #expect(try made.fold == 0 && made.sha256 == FileRecord(url).sha256)
        #expect(try made.backbone.sha256 == FileRecord(files.backbone).sha256)
        let backbone = try Backbones.load(weights: files.backbone).backbone
        let words = try #require(try ShippedModels.words(behind: backbone))
        #expect(try WordBackbone(backbone, words).shares(spaceOf: words.text))
        #expect(try ShippedModels.words(behind: SmallModel.backbone()) == nil)
    }

    @Test("Behind their backbone an evaluation takes them, and composed novel names beat what is known without a word")
    func evaluation() async throws {
        let files = try #require(ShippedModels.shapes5i)
        try await RunTests.inFolder { folder in
            // Told by content: the copy has another name.
            let copy = folder.appending(path: "some.safetensors")
            try FileManager.default.copyItem(at: files.backbone, to: copy)
            var plan = Self.named(copy.path)
            let out = try RunFolder(folder.appending(path: "out").path, command: "evaluate")
            let report = try await EvaluationRun(plan).run(in: out)
            #expect(report.cells.map(\.method) == LoadedWords.methods)
            #expect(!report.remarks.contains { $0.contains("come along") })
            let (word, blind) = (report.cells[0].result.meanIoU, report.cells[1].result.meanIoU)
            #expect(word > blind + 0.08, "\(word) beside \(blind)")
            let digest = try FileRecord(try #require(ShippedModels.words)).sha256
            #expect(report.cells[0].settings["words"] == digest)
            plan.folds = [0, 2]
            #expect(plan.wordRemark?.contains("fold 2") == true)
            plan.words = "own.safetensors"
            #expect(plan.wordRemark == nil)
        }
    }

    @Test("Behind another backbone they are refused, and it is said what to do")
    func refused() async throws {
        try await RunTests.inFolder { folder in
            let plan = Self.named(folder.appending(path: "net.safetensors").path)
            let evaluated = await #expect(throws: RunError.self) {
                try await EvaluationRun(plan).run(in: RunFolder(folder.appending(path: "out").path, command: "evaluate"))
            }
            #expect(evaluated?.description.contains("fss train words --backbone") == true)
            var loaded = try RunTests.choice(folder).load()
            let error = #expect(throws: RunError.self) {
                _ = try WordChoice(["striped ring"]).join(&loaded, cacheCapacity: 0)
            }
            #expect(error?.description.hasPrefix("--word striped ring needs --words") == true && error?.isUsage == true)
        }
    }

    @Test("A prediction without a file of words reads names with them, says so by their digest, and goes on with them")
    func prediction() async throws {
        try await RunTests.inFolder { folder in
            let photo = folder.appending(path: "photo.png")
            try ImageFile.save(SmallModel.episode().query, to: photo)
            var run = PredictionRun(
                supports: [], queries: try QueryPhoto.found([photo.path]), sampling: SamplingChoice(steps: 1, ensemble: 1))
            run.words = WordChoice(["striped ring"])
            let place = folder.appending(path: "out").path
            let records = try await run.run(in: RunFolder(place, command: "predict"))
            #expect(records.map(\.error) == [nil])
            let again = try RunFolder(resuming: place, command: "predict")
            let settings = try RunManifest<PredictionSettings>(of: again, command: "predict").settings
            #expect(try settings.files.map(\.sha256) == [FileRecord(try #require(ShippedModels.words)).sha256])
            let (rest, _) = try PredictionRun.resuming(again)
            #expect(rest.words == WordChoice(["striped ring"]))
            #expect(try await rest.run(in: again) == records)
        }
    }
}
