import TensorCore
import Testing

@testable import Datasets

/// Two 6x4 images with classes 7, 300 and 90 000, whose masks overlap; the last row is void.
struct OverlappingDataset: FewShotDataset {
    let name = "overlapping"
    let classes = [
        FewShotClass(id: 7, name: "left"), FewShotClass(id: 300, name: "middle"), FewShotClass(id: 90_000, name: "right"),
    ]
    let items = ["a", "b", "c"].flatMap { id in [7, 300, 90_000].map { DatasetItem(id: id, classID: $0) } }

    static let columns = [7: 0..<3, 300: 1..<5, 90_000: 4..<6]

    func image(_ id: String) throws -> RGBImage { RGBImage(height: 4, width: 6, red: id == "a" ? 200 : 100) }

    func mask(of classID: Int, in image: String) throws -> ClassMask {
        ClassMask(
            object: BinaryMask(height: 4, width: 6) { x, y in y < 3 && Self.columns[classID]?.contains(x) == true },
            void: BinaryMask(height: 4, width: 6) { _, y in y == 3 })
    }
}

/// Answers with the columns of a class.
struct ColumnOracle: EpisodicSegmenter {
    var columns = OverlappingDataset.columns

    func segment(_ episode: Episode) throws -> Prediction {
        let own = columns[episode.classID]
        return .mask(BinaryMask(height: 4, width: 6) { x, _ in own?.contains(x) == true })
    }
}

@Suite("Masks of classes") struct ClassMaskTests {
    @Test("Byte maps answer for classes that a byte holds, and 255 is void there alone")
    func byteMaps() {
        let map = LabelMap(height: 1, width: 6, values: [0, 1, 254, 255, 1, 0])
        #expect(map.classMask(ofClass: 1) == ClassMask(object: BinaryMask(".#..#."), void: BinaryMask("...#..")))
        #expect(map.classMask(ofClass: 254).object == BinaryMask("..#..."))
        for absent in [255, 256, 257, 1000, -1] { #expect(map.classMask(ofClass: absent).object == BinaryMask("......")) }
        #expect(map.classIDs == [1, 254])
        #expect(map.classMap.values == [0, 1, 254, -1, 1, 0])
        #expect(LabelMap(height: 1, width: 2, values: [0, 1]).classMask(ofClass: 1).void == nil)
    }

    @Test("Targets hold the object and what counts")
    func targets() {
        let mask = ClassMask(object: BinaryMask("#.", ".#"), void: BinaryMask(".#", ".."))
        #expect(mask.target().shape == [1, 2, 2, 2])
        #expect(mask.target().scalars == [1, 1, 0, 0, 0, 1, 1, 1])
        #expect(ClassMask(object: BinaryMask("#.")).target().scalars == [1, 1, 0, 1])
    }

    @Test("Masks may overlap and ids be of any size: every class of an image is scored on its own")
    func overlap() async throws {
        let dataset = OverlappingDataset()
        let episodes = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 9)
        let evaluator = Evaluator(loader: EpisodeLoader(dataset: dataset), resamples: 0)
        let perfect = try await evaluator.evaluate(ColumnOracle(), on: episodes)
        #expect(perfect.meanIoU == 1)
        #expect(perfect.classes.map(\.intersection) == [27, 36, 18])
        // A column too many, the void row left out: 9 of 12, 12 of 15, and the last class not at all.
        let wide = ColumnOracle(columns: [7: 0..<4, 300: 1..<6, 90_000: 0..<0])
        let result = try await evaluator.evaluate(wide, on: episodes)
        #expect(result.classes.map(\.iou) == [0.75, 0.8, 0])
    }

    @Test("Without void every pixel counts when the protocol says so")
    func ignoreRule() async throws {
        let reference = EpisodeReference(query: "a", classID: 300, supports: ["b"])
        let kept = try EpisodeLoader(dataset: OverlappingDataset()).load(reference)
        let counted = try EpisodeLoader(dataset: OverlappingDataset(), ignoreRule: .nothing).load(reference)
        #expect(kept.truth.void?.area == 6)
        #expect(counted.truth.void == nil && counted.truth.object == kept.truth.object)
        // 6x4 pixels fill 12x12 as 8x8: six rows of five columns are the object, two rows void, and the 80 beside never count.
        for (rule, area) in [(IgnoreRule.void, 96), (.nothing, 80)] {
            let loader = EpisodeLoader(dataset: OverlappingDataset(), space: .canvas(12), ignoreRule: rule)
            let loaded = try loader.load(reference)
            #expect(loaded.truth.void?.area == area && loaded.truth.object.area == 30)
            #expect(loaded.episode.query.width == 12 && loaded.episode.query.pixels.suffix(3) == [0, 0, 0])
        }
    }

    @Test("A map of all classes lays later classes over earlier ones; void is what none covers")
    func classMap() throws {
        let map = try OverlappingDataset().classMap(of: "a")
        #expect(Array(map.values.prefix(6)) == [7, 300, 300, 300, 90_000, 90_000])
        #expect(Array(map.values.suffix(6)) == Array(repeating: ClassMap.void, count: 6))
        #expect(map.mask(ofClass: 90_000).object.area == 6)
        #expect(map.mask(ofClass: -1).object.area == 0)
        #expect(try OverlappingDataset().classIDs(in: "b") == [7, 300, 90_000])
        #expect(map.flippedHorizontally().values.first == 90_000)
        #expect(map.resized(height: 2, width: 3).values == [7, 300, 90_000, 7, 300, 90_000])
    }

    @Test("A cache and a subset answer as their base", arguments: [true, false])
    func wrappers(cached: Bool) throws {
        let shapes = Shapes5iDataset(Shapes5i(imageSize: 32, imagesPerClass: 2, voidBorder: 1), split: .validation, fold: 1)
        let bases: [any FewShotDataset] = [OverlappingDataset(), shapes]
        for base in bases {
            let copy: any FewShotDataset = cached ? CachedDataset(base) : FewShotSubset(base, classes: base.classes, part: "all")
            #expect(copy.items == base.items)
            for item in base.items.prefix(4) {
                for _ in 0..<2 {
                    #expect(try copy.mask(of: item.classID, in: item.id) == base.mask(of: item.classID, in: item.id))
                    #expect(try copy.image(item.id) == base.image(item.id))
                    #expect(try copy.classIDs(in: item.id) == base.classIDs(in: item.id))
                    #expect(try copy.classMap(of: item.id) == base.classMap(of: item.id))
                }
            }
        }
    }
}
