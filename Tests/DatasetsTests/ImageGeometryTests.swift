import Testing

@testable import Datasets

@Suite struct ImageGeometryTests {
    @Test(arguments: Goldens.cases("resize")) func resizesAsPillow(_ golden: Goldens.Case) throws {
        let source = try ImageFile.load(Goldens.url(#require(golden.source)))
        let filter: ResizeFilter = golden.filter == "bicubic" ? .bicubic : .bilinear
        let resized = source.resized(
            width: try #require(golden.width), height: try #require(golden.height), filter: filter)
        #expect(try resized.pixels == Goldens.bytes(#require(golden.expected) + ".rgb"))
    }

    @Test func nearestTakesTheFlooredIndex() {
        let map = LabelMap(width: 5, height: 2, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(map.resized(width: 3, height: 2).values == [0, 1, 3, 5, 6, 8])
        #expect(map.resized(width: 7, height: 1).values == [0, 0, 1, 2, 2, 3, 4])
        let mask = BinaryMask("#..", ".#.")
        #expect(mask.resized(width: 6, height: 2) == BinaryMask("##....", "..##.."))
    }

    @Test func cropsAndFlips() {
        let map = LabelMap(width: 3, height: 2, values: [0, 1, 2, 3, 4, 5])
        #expect(map.cropped(x: 1, y: 0, width: 2, height: 2).values == [1, 2, 4, 5])
        #expect(map.flippedHorizontally().values == [2, 1, 0, 5, 4, 3])
        let image = RGBImage(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(image.flippedHorizontally().pixels == [4, 5, 6, 1, 2, 3])
        #expect(image.cropped(x: 1, y: 0, width: 1, height: 1).pixels == [4, 5, 6])
        #expect(image.resizedNearest(width: 4, height: 1).pixels == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    }
}
