import Testing

@testable import Datasets

@Suite struct DrawingTests {
    @Test func overlayTintsInsideAndOutlinesTheRim() {
        let image = RGBImage(height: 7, width: 7, red: 100, green: 100, blue: 100)
        let mask = BinaryMask(height: 7, width: 7) { x, y in (1..<6).contains(x) && (1..<6).contains(y) }
        let color = RGBColor(red: 200, green: 0, blue: 100)
        let drawn = image.overlaid(with: mask, color: color, opacity: 0.5, outline: 1)
        func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(drawn.pixels[((y * 7 + x) * 3)..<((y * 7 + x) * 3 + 3)]) }
        #expect(pixel(0, 0) == [100, 100, 100])
        #expect(pixel(1, 3) == [200, 0, 100])
        #expect(pixel(3, 3) == [150, 50, 100])
        // The border of the image is no border of the object.
        let full = image.overlaid(with: BinaryMask(height: 7, width: 7) { _, _ in true }, color: color, opacity: 0.5)
        #expect(Array(full.pixels[0..<3]) == [150, 50, 100])
    }

    @Test func overlayOfLabelsUsesVOCColors() {
        let image = RGBImage(height: 1, width: 3)
        let drawn = image.overlaid(with: ClassMap(height: 1, width: 3, values: [0, 1, ClassMap.void]), opacity: 1)
        #expect(drawn.pixels == [0, 0, 0, 128, 0, 0, 255, 255, 255])
    }

    @Test(arguments: [
        Annotation.boxes([Box(x0: -5, y0: 3, x1: 500, y1: 20)]), .boxes([Box(x0: 90, y0: 90, x1: 10, y1: 10)]),
        .points([Point(x: -3, y: 900), Point(x: 5, y: 5)]), .none, .mask(BinaryMask("#.", ".#")),
        .scribbles([Scribble(points: [Point(x: .nan, y: 2), Point(x: 3, y: 3)])]),
    ]) func drawsWhateverItIsGiven(_ annotation: Annotation) {
        let image = RGBImage(height: 30, width: 40, red: 9, green: 9, blue: 9)
        let drawn = image.annotated(with: annotation)
        #expect(drawn.width == 40 && drawn.height == 30)
        let isVisible = annotation != .none && annotation != .boxes([Box(x0: 90, y0: 90, x1: 10, y1: 10)])
        #expect((drawn != image) == isVisible)
    }

    @Test func fontKnowsItsLetters() {
        let rows = (0..<BitmapFont.height).map { y in
            String((0..<BitmapFont.width).map { BitmapFont.isSet("F", x: $0, y: y) ? Character("#") : "." })
        }
        #expect(rows == ["#####", "#....", "#....", "####.", "#....", "#....", "#....", "....."])
        func bits(_ character: Character) -> [Bool] {
            (0..<40).map { BitmapFont.isSet(character, x: $0 % 5, y: $0 / 5) }
        }
        let letters = (33..<127).map { bits(Character(UnicodeScalar(UInt8($0)))) }
        #expect(Set(letters).count == 94)
        #expect(bits("é") == bits("?"))
    }

    @Test func sheetPlacesTiles() {
        let red = RGBImage(height: 10, width: 20, red: 255)
        let blue = RGBImage(height: 100, width: 100, blue: 255)
        let sheet = PictureSheet(
            title: "t",
            rows: [[.init(red, caption: "r"), .init(blue)], [.init(blue, caption: "a very long caption")]],
            cellHeight: 30, cellWidth: 40)
        let drawn = sheet.rendered()
        #expect(drawn.width == 2 * 48 + 8)
        #expect(drawn.height == 28 + 8 + 2 * 52)
        let pixels = stride(from: 0, to: drawn.pixels.count, by: 3).map { Array(drawn.pixels[$0..<($0 + 3)]) }
        #expect(pixels.filter { $0 == [255, 0, 0] }.count == 40 * 20)
        #expect(pixels.filter { $0 == [0, 0, 255] }.count == 2 * 30 * 30)
        #expect(PictureSheet().rendered().width > 0)
    }

    @Test func heatMapRisesInBrightness() {
        let map = ProbabilityMap(height: 1, width: 5, values: [0, 0.25, 0.5, 0.75, 1]).heatMap()
        let sums = stride(from: 0, to: 15, by: 3).map { map.pixels[$0..<($0 + 3)].reduce(0) { $0 + Int($1) } }
        #expect(sums == sums.sorted())
        let odd = ScalarMap(height: 1, width: 3, values: [.nan, .infinity, -.infinity])
        #expect(Array(odd.heatMap().pixels[3..<6]) == [255, 245, 120])
        #expect(odd.shaded().pixels == [0, 0, 0, 255, 255, 255, 0, 0, 0])
    }
}
