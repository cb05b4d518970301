internal import Datasets
internal import Foundation
internal import Testing

@testable internal import Diffusion

@Suite("Prediction of concepts")
struct ConceptRunTests {
    /// Three photos, one of them damaged, two concepts' files, and a run over them.
    private static func run(in folder: URL, photos: Int = 2) throws -> PredictionRun {
        let episode = try SmallModel.episode()
        let images = [episode.query, episode.query.flippedHorizontally()]
        var paths: [String] = []
        for index in 0..<photos {
            let file = folder.appending(path: "\(index).png")
            try ImageFile.save(images[index % 2], to: file)
            paths.append(file.path)
        }
        let other = Support(image: images[1], annotation: .boxes([Box(x0: 5, y0: 8, x1: 40, y1: 50)]))
        for (name, supports) in [("tea cup", episode.supports), ("plate", [other])] {
            try ConceptFinderTests.concept(name, supports).write(to: folder.appending(path: "\(name).fss"))
        }
        var run = PredictionRun(
            supports: [], queries: try QueryPhoto.found(paths), model: RunTests.choice(folder), threshold: 0.3)
        run.concepts = ["tea cup", "plate"].map { ConceptChoice(folder.appending(path: "\($0).fss").path) }
        return run
    }

    private static func summary(
        _ run: PredictionRun, _ out: RunFolder, observe: @escaping RunObserver = { _ in }
    ) async throws -> (summary: PredictionSummary, records: [PredictionRecord]) {
        var records: [PredictionRecord] = []
        let summary = try await run.summary(in: out, observe: observe) { records.append($0) }
        return (summary, records)
    }

    @Test("Every pixel is of one concept, and single things are in the record, the exports and the crops")
    func results() async throws {
        try await RunTests.inFolder { folder in
            var run = try Self.run(in: folder)
            run.crops = true
            let out = try RunFolder(folder.appending(path: "out").path, command: "predict")
            let (summary, records) = try await Self.summary(run, out)
            let finder = try ConceptFinder(RunTests.choice(folder).load().model, concepts: try ConceptChoice.load(run.concepts))
            for (query, record) in zip(run.queries, records) {
                #expect(record.error == nil)
                let photo = try ImageFile.load(query.url)
                let findings = try finder.find(in: photo)
                let maps = findings.map(\.probabilities)
                let owners = (0..<photo.height * photo.width).map { pixel -> Int? in
                    let own = findings.indices.filter { maps[$0].values[pixel] >= 0.3 }
                    func score(_ concept: Int) -> Float { maps[concept].values[pixel] * findings[concept].presence }
                    return own.max { score($0) < score($1) }
                }
                let expected = findings.indices.map { concept in
                    BinaryMask(height: photo.height, width: photo.width, values: owners.map { $0 == concept })
                }
                let labels = try LabelMap.load(out.url.appending(path: try #require(record.mask)))
                #expect((1...2).map { labels.mask(ofClass: $0) } == expected)
                let instances = try #require(record.instances)
                for (index, name) in ["tea cup", "plate"].enumerated() {
                    let own = instances.filter { $0.concept == name }
                    #expect(own.reduce(0) { $0 + $1.area } == expected[index].area)
                    #expect(own.map(\.area) == own.map(\.area).sorted(by: >))
                    #expect(record.concepts?[index].share == Double(expected[index].area) / Double(photo.height * photo.width))
                    let probability = try #require(record.concepts?[index].probability)
                    #expect(try LabelMap.load(out.url.appending(path: probability)).height == photo.height)
                }
                for thing in instances {
                    let whole = try #require(thing.instance(className: ""))
                    #expect([whole.box.x0, whole.box.y0, whole.box.width, whole.box.height] == thing.bbox)
                    let crop = try ImageFile.load(out.url.appending(path: try #require(thing.crop)))
                    #expect(crop.width == thing.bbox[2] && crop.height == thing.bbox[3])
                }
                let both = zip(maps[0].values, maps[1].values).count { $0 >= 0.3 && $1 >= 0.3 }
                #expect(record.contested == Double(both) / Double(photo.height * photo.width))
            }
            #expect(summary.status == "finished" && summary.photos == 2 && summary.remaining == 0 && summary.failed == 0)
            #expect(summary.instances == records.reduce(0) { $0 + ($1.instances?.count ?? 0) })
            #expect(summary.concepts.map(\.name) == ["tea cup", "plate"])
            let stored = try RunJSON.decode(
                PredictionSummary.self, from: Data(contentsOf: out.url.appending(path: "summary.json")))
            var counts = summary
            (counts.seconds, counts.photosPerSecond) = (0, 0)
            #expect(stored == counts && summary.photosPerSecond > 0)
            let exports = try PredictionExport(["coco", "csv"]).write(records, in: out.url)
            #expect(exports.map(\.objects) == [summary.instances, summary.instances])
            let settings = try RunManifest<PredictionSettings>(of: out, command: "predict").settings
            #expect(settings.concepts?.map(\.name) == ["tea cup", "plate"])
        }
    }

    @Test("A run of concepts that was interrupted goes on with what it decided, also when the concepts moved")
    func resumed() async throws {
        try await RunTests.inFolder { folder in
            var run = try Self.run(in: folder, photos: 3)
            (run.tiling, run.resolution) = (.along(2), 32)
            run.instances = InstanceFinder(minimumArea: 4, separates: true)
            let whole = try RunFolder(folder.appending(path: "whole").path, command: "predict")
            let (_, expected) = try await Self.summary(run, whole)
            let place = folder.appending(path: "part").path
            let interrupted = run
            let task = Task {
                _ = try await Self.summary(interrupted, RunFolder(place, command: "predict")) { event in
                    if case .progress(let progress) = event, progress.done == 1 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let text = try Data(contentsOf: URL(fileURLWithPath: place).appending(path: "summary.json"))
            let before = try RunJSON.decode(PredictionSummary.self, from: text)
            #expect(before.status == "interrupted" && before.remaining == 2)
            let moved = try run.concepts.map { choice in
                let target = folder.appending(path: "moved \(choice.url.lastPathComponent)")
                try FileManager.default.moveItem(at: choice.url, to: target)
                return ConceptChoice(target.path)
            }
            let again = try RunFolder(resuming: place, command: "predict")
            let (rest, _) = try PredictionRun.resuming(again, concepts: moved)
            #expect(rest.tiling == run.tiling && rest.resolution == 32 && rest.instances == run.instances)
            let (summary, records) = try await Self.summary(rest, again)
            #expect(summary.earlier == 1 && summary.remaining == 0)
            #expect(records == expected)
            let stored = try [whole, again].map { try Data(contentsOf: $0.url.appending(path: "summary.json")) }
            #expect(stored[0] == stored[1])
            let (wrong, _) = try PredictionRun.resuming(again, concepts: moved.reversed())
            await #expect(throws: RunError.self) { try await Self.summary(wrong, again) }
        }
    }

    @Test("A first look and whole things are told in results, manifest and summary, and a run that goes on keeps them")
    func lookedAt() async throws {
        try await RunTests.inFolder { folder in
            var run = try Self.run(in: folder)
            run.firstLook = try FirstLookChoice("presence", threshold: 1)
            run.overlap = .things
            let place = folder.appending(path: "out").path
            let (summary, records) = try await Self.summary(run, RunFolder(place, command: "predict"))
            let finder = try ConceptFinder(RunTests.choice(folder).load().model, concepts: try ConceptChoice.load(run.concepts))
            for (query, record) in zip(run.queries, records) {
                let photo = try ImageFile.load(query.url)
                var decision = ConceptDecision(height: photo.height, width: photo.width, overlap: .things)
                for (index, finding) in try finder.find(in: photo, look: PresenceLook(threshold: 1)).enumerated() {
                    let isFound = finding.look?.isFound == true
                    decision.add(finding.probabilities, threshold: isFound ? 0.3 : .infinity, presence: finding.presence)
                    let concept = try #require(record.concepts?[index])
                    #expect(isFound || concept.share == 0)
                    #expect(concept.look == finding.look && concept.presence == finding.presence)
                    let look = try #require(concept.look)
                    #expect(look.isFound == (look.score >= 1) && (look.isFound || look.score == concept.presence))
                }
                decision.settle(InstanceFinder())
                let mask = URL(fileURLWithPath: place).appending(path: try #require(record.mask))
                #expect(try LabelMap.load(mask) == decision.owners)
                #expect(record.overlap == .things)
            }
            #expect(summary.overlap == .things)
            let again = try RunFolder(resuming: place, command: "predict")
            let settings = try RunManifest<PredictionSettings>(of: again, command: "predict").settings
            #expect(settings.firstLook == run.firstLook && settings.overlap == .things)
            let (rest, _) = try PredictionRun.resuming(again)
            #expect(rest.firstLook == run.firstLook && rest.overlap == .things)
        }
    }

    @Test("A single concept has the same results with a first look and whole things as without")
    func alone() async throws {
        try await RunTests.inFolder { folder in
            var run = try Self.run(in: folder)
            run.concepts.removeLast()
            let plain = try RunFolder(folder.appending(path: "plain").path, command: "predict")
            _ = try await Self.summary(run, plain)
            run.firstLook = try FirstLookChoice("leading", threshold: 1)
            run.overlap = .things
            let other = try RunFolder(folder.appending(path: "other").path, command: "predict")
            _ = try await Self.summary(run, other)
            for name in ["results.jsonl", "summary.json", "masks/0.png", "probabilities/1.png"] {
                let files = try [plain, other].map { try Data(contentsOf: $0.url.appending(path: name)) }
                #expect(files[0] == files[1], "\(name)")
            }
        }
    }

    @Test("What does not go together is refused before anything is written")
    func refused() async throws {
        try await RunTests.inFolder { folder in
            let run = try Self.run(in: folder)
            var (both, none, drawn, twice, tiny) = (run, run, run, run, run)
            both.supports = [SupportChoice(image: run.queries[0].url.path, annotations: ["1,1,9,9"])]
            none.concepts = []
            drawn.explains = true
            twice.concepts.append(run.concepts[0])
            tiny.resolution = 8
            for (index, wrong) in [both, none, drawn, twice, tiny].enumerated() {
                let place = folder.appending(path: "out\(index)")
                await #expect(throws: RunError.self) {
                    try await Self.summary(wrong, RunFolder(place.path, command: "predict"))
                }
                #expect(!FileManager.default.fileExists(atPath: place.appending(path: "manifest.json").path))
            }
        }
    }
}
