internal import Datasets
@testable internal import PseudoLabel
internal import TensorCore
internal import Testing

@Suite("Way of labels")
struct LabellingTests {
    /// Red is class 1, everything else background; two pixels more to the right than it is.
    private struct Red: InitialLabeller {
        var identity: String { "red" }
        var shift = 0

        func labels(of photo: RGBImage, madeFor classID: Int) -> SemanticPrediction {
            var map = ClassMap(
                height: photo.height, width: photo.width, values: Array(repeating: 0, count: photo.height * photo.width))
            for pixel in map.values.indices where photo.pixels[3 * pixel] > 150 {
                let moved = pixel + shift
                if moved / photo.width == pixel / photo.width { map.values[moved] = Int32(classID) }
            }
            // The lower half is unsure.
            let sure = map.values.indices.map { Float($0 < map.values.count / 2 ? 0.9 : 0.6) }
            return SemanticPrediction(map: map, confidence: ScalarMap(height: map.height, width: map.width, values: sure))
        }
    }

    /// The colours themselves.
    private struct Colors: PixelFeatures {
        func features(of photo: RGBImage) -> Tensor { photo.tensor().converted(to: .float32) / 255 - 0.4 }
    }

    /// Knows red.
    private struct Segmenter: EpisodicSegmenter {
        func segment(_ episode: Episode) -> Prediction {
            let values = (0..<episode.query.height * episode.query.width).map { episode.query.pixels[3 * $0] > 150 }
            return .mask(BinaryMask(height: episode.query.height, width: episode.query.width, values: values))
        }
    }

    private static func photo(_ x0: Int) -> (RGBImage, ClassMap) {
        var photo = RGBImage(height: 40, width: 60, red: 20, green: 90, blue: 120)
        var truth = ClassMap(height: 40, width: 60, values: Array(repeating: 0, count: 2400))
        for y in 10..<30 {
            for x in x0..<x0 + 20 {
                let pixel = y * 60 + x
                photo.pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [220, 30, 40])
                truth.values[pixel] = 1
            }
        }
        return (photo, truth)
    }

    private static let item = FewShotClass(id: 1, name: "red")

    private static func support() -> PhotoSample {
        let (image, labels) = photo(5)
        return PhotoSample(id: "support", image: image, labels: labels)
    }

    @Test("Every stage passes on what the one before made, and the refiner brings shifted labels back")
    func stages() throws {
        var settings = PseudoLabelSettings()
        (settings.refinement.bandWidth, settings.refinement.referenceSide) = (4, 60)
        settings.enhancement.certainty = 0
        let labelling = try PseudoLabelling(
            Red(shift: 2), features: Colors(), supports: [Self.support()], novel: [Self.item],
            refiner: FewShotRefiner(Segmenter(), digest: "test"), settings: settings)
        let (photo, truth) = Self.photo(25)
        let labels = try labelling(photo, madeFor: 1)
        #expect(labels[.initial] != truth)
        #expect(labels[.filtered] == labels[.initial], "the region looks like its class and stays")
        #expect(labels[.relabelled] == labels[.filtered], "nothing is free")
        var quality: [PseudoLabelStage: PseudoLabelQuality] = [:]
        for stage in PseudoLabelStage.allCases {
            try quality[stage, default: PseudoLabelQuality()].add(labels[stage], truth: truth, classID: 1)
        }
        let (before, after) = (try #require(quality[.relabelled]?.iou), try #require(quality[.refined]?.iou))
        #expect(after > before + 0.05)
        #expect(labels.record.acceptedRegions == 1 && labels.record.changed > 0)
        settings.refines = false
        let plain = try PseudoLabelling(
            Red(shift: 2), features: Colors(), supports: [Self.support()], novel: [Self.item], settings: settings)
        #expect(try plain(photo, madeFor: 1)[.refined] == labels[.relabelled])
    }

    @Test("Pixels of other novel classes are free where that is asked for, and named again")
    func otherNovel() throws {
        struct Wrong: InitialLabeller {
            var identity: String { "wrong" }
            func labels(of photo: RGBImage, madeFor classID: Int) -> SemanticPrediction { Red().labels(of: photo, madeFor: 2) }
        }
        let other = FewShotClass(id: 2, name: "blue")
        var blue = Self.support()
        blue.labels = blue.labels.map { ClassMap(height: $0.height, width: $0.width, values: $0.values.map { $0 == 1 ? 0 : 2 }) }
        var settings = PseudoLabelSettings()
        (settings.refines, settings.enhancement.certainty) = (false, 0)
        let (photo, truth) = Self.photo(25)
        let kept = try PseudoLabelling(
            Wrong(), features: Colors(), supports: [Self.support(), blue], novel: [Self.item, other], settings: settings)
        settings.otherNovel = .free
        let freed = try PseudoLabelling(
            Wrong(), features: Colors(), supports: [Self.support(), blue], novel: [Self.item, other], settings: settings)
        #expect(try kept(photo, madeFor: 1)[.initial].values.contains(2))
        let labels = try freed(photo, madeFor: 1)
        #expect(!labels[.initial].values.contains(2) && labels[.initial].values.contains(ClassMap.void))
        #expect(labels[.relabelled].values.indices.allSatisfy { truth.values[$0] == 0 || labels[.relabelled].values[$0] == 1 })
    }

    @Test("Labels that the labeller is unsure of are free, and named again by what they look like")
    func certainty() throws {
        var settings = PseudoLabelSettings()
        (settings.refines, settings.enhancement.certainty) = (false, 0.8)
        let labelling = try PseudoLabelling(
            Red(shift: 2), features: Colors(), supports: [Self.support()], novel: [Self.item], settings: settings)
        let (photo, truth) = Self.photo(25)
        let labels = try labelling(photo, madeFor: 1)
        #expect(!labels[.initial].values.contains(ClassMap.void))
        #expect(labels[.filtered].values.count { $0 == ClassMap.void } == 1200)
        let lower = 1200..<2400
        #expect(lower.allSatisfy { labels[.relabelled].values[$0] == truth.values[$0] })
    }

    @Test("A novel class without a support, and labels of another size, are refused")
    func refusals() throws {
        #expect(throws: PseudoLabelError.noPrototype("blue")) {
            try PseudoLabelling(
                Red(), features: Colors(), supports: [Self.support()], novel: [FewShotClass(id: 5, name: "blue")])
        }
        struct Small: InitialLabeller {
            var identity: String { "small" }
            func labels(of photo: RGBImage, madeFor classID: Int) -> SemanticPrediction {
                SemanticPrediction(map: ClassMap(height: 1, width: 1, values: [0]))
            }
        }
        let labelling = try PseudoLabelling(Small(), features: Colors(), supports: [Self.support()], novel: [Self.item])
        #expect(throws: DatasetError.self) { try labelling(Self.photo(5).0, madeFor: 1) }
    }

    @Test("A few-shot segmenter labels with the supports of the class, and knows no other")
    func fewShot() throws {
        let labeller = FewShotLabeller(Segmenter(), digest: "test", supports: [Self.support()])
        let (photo, truth) = Self.photo(30)
        #expect(try labeller.labels(of: photo, madeFor: 1).map == truth)
        #expect(throws: PseudoLabelError.noPrototype("2")) { try labeller.labels(of: photo, madeFor: 2) }
    }

    @Test("Quality counts a pixel without a label as no pixel of the class")
    func quality() throws {
        let truth = ClassMap(height: 2, width: 4, values: [1, 1, 1, 1, 0, 0, 0, ClassMap.void])
        let labels = ClassMap(height: 2, width: 4, values: [1, 1, ClassMap.void, 0, 1, 0, 0, 1])
        var quality = PseudoLabelQuality()
        try quality.add(labels, truth: truth, classID: 1)
        #expect(quality.precision == 2.0 / 3)
        #expect(quality.recall == 0.5)
        #expect(quality.iou == 0.4)
        #expect(quality.labelled == 6.0 / 7)
        try quality.add(ClassMap(height: 1, width: 1, values: [0]), truth: ClassMap(height: 1, width: 1, values: [2]), classID: 2)
        #expect(quality.iou == 0.2, "the mean over classes")
        #expect(throws: DatasetError.self) {
            try quality.add(ClassMap(height: 1, width: 1, values: [0]), truth: truth, classID: 1)
        }
    }

    @Test("Photos on their way are drawn in rows")
    func sheet() throws {
        let (photo, truth) = Self.photo(25)
        var sheet = StageSheet()
        #expect(sheet.isEmpty)
        sheet.add(photo, [(.initial, truth), (.refined, truth)], truth: truth, caption: "red")
        let picture = sheet.rendered(title: "stages")
        #expect(!sheet.isEmpty && picture.width > 4 * 100 && picture.height > 100)
    }
}
