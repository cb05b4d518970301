import Foundation
import TensorCore
import Testing

@testable import Datasets

/// Eight classes in four folds, one image each in training and four in test, whose labels are random blocks of all classes.
private struct BlockDataset {
    let root: URL
    static let ids = (0..<12).map { "test_\($0)" }

    init(_ root: URL) throws {
        self.root = root
        for name in ["JPEGImages", "SegmentationClass", "splits/trn", "splits/val"] {
            try FileManager.default.createDirectory(at: root.appending(path: name), withIntermediateDirectories: true)
        }
        let names = (1...8).map { "\($0) thing\($0)" }
        try names.joined(separator: "\n").write(to: root.appending(path: "classes.txt"), atomically: true, encoding: .utf8)
        for (index, id) in Self.ids.enumerated() { try write(id, seed: UInt64(index)) }
        try write("train_0", seed: 99)
        for fold in 0..<4 {
            let lines = Self.ids.map { "\($0)__\(2 * fold + 1)" }
            try lines.joined(separator: "\n").write(
                to: root.appending(path: "splits/val/fold\(fold).txt"), atomically: true, encoding: .utf8)
            try "train_0__\(2 * fold + 1)".write(
                to: root.appending(path: "splits/trn/fold\(fold).txt"), atomically: true, encoding: .utf8)
        }
    }

    private func write(_ id: String, seed: UInt64) throws {
        let labels = Self.labels(seed: seed)
        try RGBImage(height: 20, width: 24).save(root.appending(path: "JPEGImages/\(id).png"))
        try labels.save(to: root.appending(path: "SegmentationClass/\(id).png"))
    }

    /// Blocks of 4x4 pixels; every list finds its class in every image.
    static func labels(seed: UInt64) -> LabelMap {
        var random = NumPyRandom(seed: seed)
        let blocks = (0..<30).map { $0 < 9 ? UInt8($0) : UInt8([0, 3, 5, 255, 7][random.interval(4)]) }
        return LabelMap(height: 20, width: 24, values: (0..<480).map { blocks[$0 / 96 * 6 + $0 % 24 / 4] })
    }

    /// Predictions that are right for most pixels, in a folder.
    func predict(_ folder: URL, order: PredictedLabels.ClassOrder = .dataset, fold: Int = 1) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let novel = [UInt8(2 * fold + 1), UInt8(2 * fold + 2)]
        let named: [UInt8] = [0] + (1...8).filter { !novel.contains($0) } + novel
        for (index, id) in Self.ids.enumerated() {
            var random = NumPyRandom(seed: UInt64(1000 + index))
            var labels = Self.labels(seed: UInt64(index))
            for pixel in labels.values.indices {
                if labels.values[pixel] == 255 { labels.values[pixel] = 4 }
                if random.interval(3) == 0 { labels.values[pixel] = UInt8(random.interval(7)) }
                if order == .baseFirst {
                    let value = labels.values[pixel]
                    labels.values[pixel] = UInt8(named.firstIndex(of: value) ?? 0)
                }
            }
            try labels.save(to: folder.appending(path: "\(id).png"))
        }
    }

    func scoring(_ predictions: String, _ convention: GFSSConvention = .pop) -> GeneralizedScoring {
        GeneralizedScoring(dataset: DatasetChoice(root.path), convention: convention, folds: [1], predictions: predictions)
    }

    func score(_ scoring: GeneralizedScoring, _ out: String) async throws -> GeneralizedReport {
        try await scoring.run(in: RunFolder(root.appending(path: out).path, command: GeneralizedScoring.command))
    }
}

extension RGBImage {
    fileprivate func save(_ url: URL) throws { try ImageFile.save(self, to: url) }
}

@Suite("Scoring of generalized few-shot segmentation") struct GeneralizedScoringTests {
    private func withDataset(_ body: (BlockDataset) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let data = try BlockDataset(folder.appending(path: "data"))
            try data.predict(folder.appending(path: "data/predicted"))
            try await body(data)
        }
    }

    private func path(_ data: BlockDataset, _ name: String = "predicted") -> String { data.root.appending(path: name).path }

    @Test("Scores are those of one confusion matrix, and every rule averages the classes that it says")
    func scores() async throws {
        try await withDataset { data in
            let report = try await data.score(data.scoring(path(data)), "out")
            var matrix = ConfusionMatrix(classIDs: Array(0...8))
            for (index, id) in BlockDataset.ids.enumerated() {
                let found = try LabelMap.load(data.root.appending(path: "predicted/\(id).png"))
                try matrix.add(prediction: found.classMap, truth: BlockDataset.labels(seed: UInt64(index)).classMap)
            }
            let run = try #require(report.runs.first)
            #expect(run.matrix == matrix && run.scored == 12 && run.queries == 12 && report.problems.isEmpty)
            let view = try FoldedVOC(root: data.root).gfss(.pop, fold: 1)
            #expect(view.novelClasses.map(\.id) == [3, 4] && view.testImages == BlockDataset.ids)
            for rule in BackgroundRule.allCases {
                let means = view.means(matrix, background: rule)
                let ids = (rule == .included ? [0] : []) + [1, 2, 5, 6, 7, 8]
                let base = ids.compactMap { matrix.iou(ofClass: $0) }
                #expect(means.base == base.reduce(0, +) / Double(base.count))
                let scores = rule == .included ? run.withBackground : run.withoutBackground
                #expect(scores == GeneralizedScores(means))
            }
            #expect(view.scoredBaseIDs == [0, 1, 2, 5, 6, 7, 8])
            #expect(report.headline == run.withBackground.total)
            let diam = try await data.score(data.scoring(path(data), .capl), "out2")
            #expect(diam.headline == diam.withBackground.ofMeans.total)
        }
    }

    @Test("Background in a convention's base score and the classes it scores are one rule", arguments: GFSSConvention.named)
    func oneRule(_ convention: GFSSConvention) throws {
        let classes = (1...3).map { FewShotClass(id: $0, name: "\($0)") }
        let view = GFSSView(convention, classes: classes, novel: [2], training: [], validation: [])
        var matrix = ConfusionMatrix(classIDs: view.classIDs)
        let truth = ClassMap(height: 1, width: 8, values: [0, 0, 0, 1, 1, 2, 3, 3])
        let found = ClassMap(height: 1, width: 8, values: [0, 0, 1, 1, 3, 2, 3, 0])
        try matrix.add(prediction: found, truth: truth)
        let scored = view.scoredBaseIDs.compactMap { matrix.iou(ofClass: $0) }
        #expect(view.means(matrix).base == scored.reduce(0, +) / Double(scored.count))
        #expect(scored.count == (convention.baseIncludesBackground ? 3 : 2))
    }

    @Test("Parts add up to the whole bit by bit, however images were split", arguments: [2, 3, 5])
    func parts(_ count: Int) async throws {
        try await withDataset { data in
            let whole = try await data.score(data.scoring(path(data)), "whole")
            var paths: [String] = []
            for index in 1...count {
                var scoring = data.scoring(path(data))
                scoring.part = try #require(ScoredPart("\(index)/\(count)"))
                _ = try await data.score(scoring, "part\(index)")
                paths.append(path(data, "part\(index)"))
            }
            let folder = try RunFolder(path(data, "merged"), command: GeneralizedReport.mergeCommand)
            let merged = try await GeneralizedReport.merge(paths.reversed(), in: folder)
            #expect(merged == whole)
            let read = try GeneralizedReport(contentsOf: data.root.appending(path: "merged"))
            #expect(read.runs == whole.runs && read.withBackground == whole.withBackground && !read.isPartial)
            let some = try GeneralizedReport(
                merging: paths.dropLast().map { ($0, try GeneralizedReport(contentsOf: URL(fileURLWithPath: $0))) })
            #expect(some.isPartial && some.remarks.contains { $0.contains("1 parts are missing (\(count)/\(count))") })
            #expect(throws: RunError.self) {
                let one = try GeneralizedReport(contentsOf: URL(fileURLWithPath: paths[0]))
                _ = try GeneralizedReport(merging: [("a", one), ("b", one)])
            }
        }
    }

    @Test("What does not belong together is refused by the fields that differ")
    func refusal() async throws {
        try await withDataset { data in
            let pop = try await data.score(data.scoring(path(data)), "pop")
            let capl = try await data.score(data.scoring(path(data), .capl), "capl")
            let error = #expect(throws: ComparisonRefusal.self) {
                try GeneralizedReport(merging: [("pop", pop), ("capl", capl)])
            }
            #expect(error?.fields.map(\.name) == ["convention"])
            var broken = pop
            broken.runs[0].matrix = ConfusionMatrix(classIDs: [0, 1])
            try TextFile.writeJSON(broken, to: data.root.appending(path: "pop/metrics.json"))
            #expect(throws: DatasetError.self) { try GeneralizedReport(contentsOf: data.root.appending(path: "pop")) }
            try TextFile.write("{}", to: data.root.appending(path: "pop/metrics.json"))
            #expect(throws: DatasetError.self) { try GeneralizedReport(contentsOf: data.root.appending(path: "pop")) }
        }
    }

    @Test("Files that are missing, misshapen or out of range are named, and the rest is scored")
    func problems() async throws {
        try await withDataset { data in
            let folder = data.root.appending(path: "predicted")
            try FileManager.default.removeItem(at: folder.appending(path: "test_0.png"))
            try LabelMap(height: 10, width: 12, values: Array(repeating: 0, count: 120)).save(
                to: folder.appending(path: "test_1.png"))
            var wrong = BlockDataset.labels(seed: 2)
            wrong.values = wrong.values.map { _ in 1 }
            wrong.values[24 * 3 + 5] = 77
            try wrong.save(to: folder.appending(path: "test_2.png"))
            try Data("no picture".utf8).write(to: folder.appending(path: "test_3.png"))
            try RGBImage(height: 20, width: 24).save(folder.appending(path: "test_4.png"))
            let bytes = try Data(contentsOf: folder.appending(path: "test_5.png"))
            try bytes.prefix(bytes.count / 2).write(to: folder.appending(path: "test_5.png"))
            var void = BlockDataset.labels(seed: 6)
            void.values = void.values.map { _ in 255 }
            try void.save(to: folder.appending(path: "test_6.png"))
            try void.save(to: folder.appending(path: "other.png"))
            let report = try await data.score(data.scoring(folder.path), "out")
            #expect(report.runs[0].scored == 5 && report.problems.count == 7)
            for (index, text) in [
                "no such file", "12x10 pixels", "the class 77", "test_3.png", "test_4.png", "test_5.png", "void (255)",
            ].enumerated() {
                #expect(
                    report.problems[index].contains("test_\(index).png") && report.problems[index].contains(text),
                    "\(report.problems[index])")
            }
            #expect(report.problems[2].contains("column 5, row 3"))
            #expect(report.remarks.contains { $0.contains("1 files belong to no test image, such as other.png") })
            let text = try String(contentsOf: data.root.appending(path: "out/problems.txt"), encoding: .utf8)
            #expect(text.split(separator: "\n").count == 7)
            let page = try String(contentsOf: data.root.appending(path: "out/report.html"), encoding: .utf8)
            #expect(page.contains("Not scored") && page.contains("test_5.png"))
            try FileManager.default.createDirectory(at: data.root.appending(path: "empty"), withIntermediateDirectories: true)
            await #expect(throws: DatasetError.self) { try await data.score(data.scoring(path(data, "empty")), "none") }
            await #expect(throws: DatasetError.self) { try await data.score(data.scoring(path(data, "nowhere")), "none2") }
        }
    }

    @Test("Numbers that count base classes first give the same scores")
    func classOrder() async throws {
        try await withDataset { data in
            try data.predict(data.root.appending(path: "ordered"), order: .baseFirst)
            let plain = try await data.score(data.scoring(path(data)), "plain")
            var scoring = data.scoring(path(data, "ordered"))
            scoring.classOrder = .baseFirst
            let ordered = try await data.score(scoring, "ordered-out")
            #expect(ordered.runs == plain.runs)
        }
    }

    @Test("Supports of a file are no test images, and a square compares what has its size")
    func supportsAndSpace() async throws {
        try await withDataset { data in
            try "test_3\ntest_7__4\nunknown".write(
                to: data.root.appending(path: "supports.txt"), atomically: true, encoding: .utf8)
            var scoring = data.scoring(path(data), .diam)
            scoring.supports = path(data, "supports.txt")
            let report = try await data.score(scoring, "out")
            scoring.supports = path(data, "supports{fold}-{seed}.txt")
            #expect(throws: DatasetError.self) { try scoring.validate() }
            try FileManager.default.copyItem(
                at: data.root.appending(path: "supports.txt"), to: data.root.appending(path: "supports1-2023.txt"))
            #expect(try await data.score(scoring, "filled").runs == report.runs)
            #expect(report.runs[0].queries == 10 && report.headline == report.withoutBackground.ofMeans.mean)
            var square = data.scoring(path(data))
            square.space = .square(48)
            let original = try await data.score(square, "square")
            let folder = data.root.appending(path: "large")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for id in BlockDataset.ids {
                let labels = try LabelMap.load(data.root.appending(path: "predicted/\(id).png"))
                try labels.resized(height: 48, width: 48).save(to: folder.appending(path: "\(id).png"))
            }
            square.predictions = folder.path
            #expect(try await data.score(square, "square2").runs == original.runs)
        }
    }

    @Test("On a canvas labels are the photo's, cut to multiples of 8; what is beside does not count")
    func canvas() async throws {
        try await withDataset { data in
            let original = try await data.score(data.scoring(path(data)), "original")
            var scoring = data.scoring(path(data))
            // 24x20 pixels fill 50x50 as 48x40: every pixel is four.
            scoring.space = .canvas(50)
            let canvas = try await data.score(scoring, "canvas")
            #expect(canvas.runs[0].matrix.counts == original.runs[0].matrix.counts.map { 4 * $0 })
            let folder = data.root.appending(path: "laid")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let layout = try #require(scoring.space.layout)
            for id in BlockDataset.ids {
                let labels = try LabelMap.load(data.root.appending(path: "predicted/\(id).png"))
                try layout.laid(labels, beside: 5).save(to: folder.appending(path: "\(id).png"))
            }
            scoring.predictions = folder.path
            #expect(try await data.score(scoring, "laid-out").runs == canvas.runs)
            scoring.space = .original
            await #expect(throws: DatasetError.self) { try await data.score(scoring, "refused") }
        }
    }

    @Test("A segmenter gives the same counts as its predictions in a folder, whatever the batch")
    func segmenter() async throws {
        struct Folder: SemanticSegmenter {
            let classes = (0...8).map { FewShotClass(id: $0, name: "\($0)") }
            func segment(_ image: RGBImage) throws -> SemanticPrediction {
                SemanticPrediction(map: ClassMap(height: 20, width: 24, values: Array(repeating: 5, count: 480)))
            }
        }
        try await withDataset { data in
            let source = try FoldedVOC(root: data.root)
            let evaluator = GeneralizedEvaluator(
                view: try source.gfss(.pop, fold: 1), images: source.labelledImages(), space: .original)
            let one = try await evaluator.evaluate(Folder())
            let folder = data.root.appending(path: "fives")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for id in BlockDataset.ids {
                try LabelMap(height: 20, width: 24, values: Array(repeating: 5, count: 480)).save(
                    to: folder.appending(path: "\(id).png"))
            }
            let labels = try PredictedLabels(folder: folder, view: evaluator.view)
            #expect(try await evaluator.score(labels, on: BlockDataset.ids) == one)
            #expect(try await evaluator.evaluate(Folder(), batchSize: 5) == one)
            var canvas = evaluator
            canvas.space = .canvas(50)
            #expect(try await canvas.evaluate(Folder(), batchSize: 5).matrix.counts == one.matrix.counts.map { 4 * $0 })
        }
    }

    @Test("Several folds and seeds are averaged in both orders")
    func summary() async throws {
        try await withDataset { data in
            for fold in 0...1 {
                for seed in [7, 8] { try data.predict(data.root.appending(path: "p/\(fold)/\(seed)"), fold: fold) }
            }
            var scoring = data.scoring(path(data, "p") + "/{fold}/{seed}")
            (scoring.folds, scoring.seeds) = ([0, 1], [7, 8])
            let report = try await data.score(scoring, "out")
            #expect(report.runs.map(\.fold) == [0, 0, 1, 1] && report.runs.map(\.seed) == [7, 8, 7, 8])
            let harmonics = report.runs.compactMap(\.withBackground.harmonic)
            #expect(report.withBackground.meanOfHarmonics == harmonics.reduce(0, +) / 4)
            let base = report.runs.compactMap(\.withBackground.base).reduce(0, +) / 4
            #expect(report.withBackground.ofMeans.base == base)
            scoring.predictions = path(data)
            #expect(throws: RunError.self) { try scoring.validate() }
        }
    }

    @Test("Shapes-5i is drawn for a convention: base images without novel classes, supports that no test has")
    func shapes() throws {
        let shapes = FoldedShapes5i(Shapes5i(imageSize: 32, imagesPerClass: 6))
        var convention = GFSSConvention.capl
        convention.minimumSupportPixels = 1
        let view = try shapes.gfss(convention, fold: 2)
        #expect(view.novelClasses.map(\.id) == [11, 12, 13, 14, 15] && view.testImages.count == 120)
        #expect(view.baseImages.count == 90)
        let test = Set(view.testImages)
        #expect(try view.supports(shots: 1, seed: 1).allSatisfy { !test.contains($0.id) })
        let labels = try shapes.labelledImages().labels(view.testImages[0])
        #expect(labels.height == 32 && Set(labels.values).count > 1)
    }
}
