internal import Datasets
@testable internal import PseudoLabel
internal import TensorCore
internal import TestSupport
internal import Testing

@Suite("Boundary refinement")
struct BoundaryRefinementTests {
    /// Answers with a fixed mask for each class.
    private struct Fixed: BoundaryRefiner {
        var masks: [Int: BinaryMask]
        var scores: [Int: Float] = [:]
        var identity: String { "fixed" }

        func refine(_ regions: [PromptedRegion], in photo: RGBImage) -> [RefinedRegion] {
            regions.compactMap { region in
                masks[region.classID].map { RefinedRegion(mask: $0, score: scores[region.classID, default: 1]) }
            }
        }
    }

    private static let photo = RGBImage(height: 40, width: 40)

    private static func square(_ range: Range<Int>, _ columns: Range<Int>? = nil) -> BinaryMask {
        let values = (0..<1600).map { range.contains($0 / 40) && (columns ?? range).contains($0 % 40) }
        return BinaryMask(height: 40, width: 40, values: values)
    }

    private static func map(_ squares: [(Int32, BinaryMask)]) -> ClassMap {
        var map = ClassMap(height: 40, width: 40, values: [Int32](repeating: 0, count: 1600))
        for (classID, mask) in squares {
            for pixel in mask.values.indices where mask.values[pixel] { map.values[pixel] = classID }
        }
        return map
    }

    /// A band of three pixels.
    private static var settings: BoundaryRefinement {
        var settings = BoundaryRefinement()
        (settings.bandWidth, settings.referenceSide) = (3, 40)
        return settings
    }

    @Test("An outline moves as far as the band reaches, and nothing further inside or outside changes")
    func band() throws {
        let labels = Self.map([(5, Self.square(10..<30))])
        let refiner = Fixed(masks: [5: Self.square(12..<38)])
        var settings = Self.settings
        settings.minimumAgreement = 0.4
        let result = try settings(labels, in: Self.photo, by: refiner)
        // Rows 10 and 11 are rejected; of rows 30 to 37 three lie in the band.
        #expect(result.labels == Self.map([(5, Self.square(12..<33))]))
        #expect(result.accepted == 1 && result.changed == zip(labels.values, result.labels.values).count { $0 != $1 })
    }

    @Test("A hole in the middle of an answer does not reach the interior", arguments: 0..<8)
    func interior(seed: Int) throws {
        var random = TorchRandom(seed: UInt64(seed))
        let labels = Self.map([(5, Self.square(6..<34)), (2, Self.square(14..<20, 2..<12))])
        let noise = BinaryMask(height: 40, width: 40, values: (0..<1600).map { _ in random.uniform() < 0.7 })
        var settings = Self.settings
        settings.minimumAgreement = 0
        let result = try settings(labels, in: Self.photo, by: Fixed(masks: [5: noise, 2: noise]))
        let updatable = BoundaryBand.updatable(labels, width: 3)
        #expect(updatable.contains(true) && updatable.contains(false) && result.changed > 0)
        for pixel in labels.values.indices where !updatable[pixel] {
            #expect(result.labels.values[pixel] == labels.values[pixel])
        }
    }

    @Test("The band holds the pixels that see another label in their square")
    func updatable() {
        let labels = Self.map([(5, Self.square(10..<30)), (ClassMap.void, Self.square(0..<2))])
        let updatable = BoundaryBand.updatable(labels, width: 2)
        for pixel in labels.values.indices {
            let (y, x) = (pixel / 40, pixel % 40)
            let seen = (max(0, y - 2)...min(39, y + 2)).flatMap { row in
                (max(0, x - 2)...min(39, x + 2)).map { labels.values[row * 40 + $0] }
            }
            #expect(updatable[pixel] == (Set(seen).count > 1 || labels.values[pixel] == ClassMap.void))
        }
    }

    @Test("Free pixels take the class of an answer that covers them, whatever their distance")
    func free() throws {
        var labels = Self.map([(5, Self.square(10..<30))])
        for pixel in (10 * 40)..<(16 * 40) where labels.values[pixel] == 0 { labels.values[pixel] = ClassMap.void }
        var settings = Self.settings
        settings.minimumAgreement = 0.3
        let result = try settings(labels, in: Self.photo, by: Fixed(masks: [5: Self.square(10..<30, 0..<40)]))
        #expect((0..<40).allSatisfy { result.labels.values[12 * 40 + $0] == 5 })
        #expect(result.labels.values[25 * 40 + 2] == 0)
    }

    @Test("The surer answer takes a pixel, rejected pixels are background or free, and a stranger's answer is not used")
    func conflicts() throws {
        let labels = Self.map([(5, Self.square(5..<35, 5..<20)), (2, Self.square(5..<35, 20..<35))])
        var refiner = Fixed(masks: [5: Self.square(5..<35, 5..<22), 2: Self.square(5..<35, 18..<35)], scores: [5: 0.5, 2: 0.9])
        let sure = try Self.settings(labels, in: Self.photo, by: refiner)
        #expect(sure.labels.values[20 * 40 + 19] == 2)
        refiner.scores[5] = 1
        #expect(try Self.settings(labels, in: Self.photo, by: refiner).labels.values[20 * 40 + 21] == 5)
        refiner.masks = [5: Self.square(5..<35, 7..<20), 2: Self.square(0..<3)]
        var settings = Self.settings
        settings.rejected = .free
        let result = try settings(labels, in: Self.photo, by: refiner)
        #expect(result.accepted == 1 && result.labels.values[20 * 40 + 5] == ClassMap.void)
        #expect(result.labels.values[20 * 40 + 30] == 2)
    }

    @Test("Answers of another number or size are refused")
    func refused() {
        let labels = Self.map([(5, Self.square(10..<30))])
        #expect(throws: PseudoLabelError.self) { try Self.settings(labels, in: Self.photo, by: Fixed(masks: [:])) }
        let small = BinaryMask(height: 1, width: 1, values: [true])
        #expect(throws: PseudoLabelError.self) { try Self.settings(labels, in: Self.photo, by: Fixed(masks: [5: small])) }
    }

    @Test("The guided filter is that of the formulas")
    func guidedFilter() throws {
        let goldens = try PseudoLabelGoldens()
        let found = GuidedFilterRefiner(radius: 3, epsilon: 1e-2).filtered(
            try goldens.tensor("mask"), guide: try goldens.tensor("guide"))
        #expect(mismatch(found, try goldens.tensor("guided"), .elements(relative: 1e-3, absolute: 1e-4)) == nil)
    }

    @Test("A mask that is two pixels off moves to the edge of the photo")
    func edges() throws {
        var photo = RGBImage(height: 40, width: 40, red: 30, green: 60, blue: 200)
        for pixel in 0..<1600 where Self.square(10..<30).values[pixel] {
            (photo.pixels[3 * pixel], photo.pixels[3 * pixel + 1], photo.pixels[3 * pixel + 2]) = (220, 180, 40)
        }
        let labels = Self.map([(5, Self.square(12..<32))])
        let result = try Self.settings(labels, in: photo, by: GuidedFilterRefiner())
        let truth = Self.map([(5, Self.square(10..<30))])
        let wrong = zip(result.labels.values, truth.values).count { $0 != $1 }
        #expect(wrong < zip(labels.values, truth.values).count { $0 != $1 } / 4)
    }
}
