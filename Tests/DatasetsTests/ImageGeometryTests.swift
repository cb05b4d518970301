import Testing

@testable import Datasets

@Suite struct ImageGeometryTests {
    @Test(arguments: Goldens.cases("resize")) func resizesAsPillow(_ golden: Goldens.Case) throws {
        let source = try ImageFile.load(Goldens.url(#require(golden.source)))
        let filter: ResizeFilter = golden.filter == "bicubic" ? .bicubic : .bilinear
        let resized = source.resized(
            height: try #require(golden.height), width: try #require(golden.width), filter: filter)
        #expect(try resized.pixels == Goldens.bytes(#require(golden.expected) + ".rgb"))
    }

    @Test func nearestTakesTheFlooredIndex() {
        let map = LabelMap(height: 2, width: 5, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(map.resized(height: 2, width: 3).values == [0, 1, 3, 5, 6, 8])
        #expect(map.resized(height: 1, width: 7).values == [0, 0, 1, 2, 2, 3, 4])
        let mask = BinaryMask("#..", ".#.")
        #expect(mask.resized(height: 2, width: 6) == BinaryMask("##....", "..##.."))
    }

    @Test func cropsAndFlips() {
        let map = LabelMap(height: 2, width: 3, values: [0, 1, 2, 3, 4, 5])
        #expect(map.cropped(y: 0, x: 1, height: 2, width: 2).values == [1, 2, 4, 5])
        #expect(map.flippedHorizontally().values == [2, 1, 0, 5, 4, 3])
        let image = RGBImage(height: 1, width: 2, pixels: [1, 2, 3, 4, 5, 6])
        #expect(image.flippedHorizontally().pixels == [4, 5, 6, 1, 2, 3])
        #expect(image.cropped(y: 0, x: 1, height: 1, width: 1).pixels == [4, 5, 6])
        #expect(image.resizedNearest(height: 1, width: 4).pixels == [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6])
    }
}
