import Datasets
import Testing

@testable import Diffusion

/// How one support becomes several views.
@Suite("Support views")
struct SupportViewTests {
    /// A photo whose pixels name their place: red the row, green the column.
    private static func photo(_ height: Int, _ width: Int) -> RGBImage {
        var image = RGBImage(height: height, width: width)
        for y in 0..<height {
            for x in 0..<width {
                image.pixels[3 * (y * width + x)] = UInt8(y)
                image.pixels[3 * (y * width + x) + 1] = UInt8(x)
            }
        }
        return image
    }

    private static func box(_ height: Int, _ width: Int, rows: Range<Int>, columns: Range<Int>) -> BinaryMask {
        let values = (0..<(height * width)).map { rows.contains($0 / width) && columns.contains($0 % width) }
        return BinaryMask(height: height, width: width, values: values)
    }

    private static let boxes = [
        box(60, 90, rows: 20..<30, columns: 40..<55), box(60, 90, rows: 0..<4, columns: 0..<6),
        box(60, 90, rows: 55..<60, columns: 80..<90), box(60, 90, rows: 0..<60, columns: 0..<90),
        box(60, 90, rows: 33..<34, columns: 7..<8),
    ]

    private static func views(of photo: RGBImage, _ mask: BinaryMask, _ views: SupportViews = SupportViews()) -> [SupportView] {
        views.views(of: photo, annotations: [mask], around: mask)
    }

    @Test("The views are the photo, its mirror image and two crops")
    func order() throws {
        let (photo, mask) = (Self.photo(60, 90), Self.boxes[0])
        let views = Self.views(of: photo, mask)
        try #require(views.count == 4)
        #expect(views[0].image == photo && views[0].masks == [mask])
        #expect(views[1].image == photo.flippedHorizontally() && views[1].masks == [mask.flippedHorizontally()])
        // 2.5 and 1.5 times the box of 10 rows and 15 columns, and a pixel.
        #expect(views[2].image.height == 26 && views[2].image.width == 38)
        #expect(views[3].image.height == 16 && views[3].image.width == 23)
    }

    @Test("Windows lie inside the image and hold the whole object", arguments: boxes)
    func windows(_ mask: BinaryMask) {
        let photo = Self.photo(60, 90)
        for view in Self.views(of: photo, mask) {
            #expect(view.image.height == view.masks[0].height && view.image.width == view.masks[0].width)
            #expect(view.image.height <= 60 && view.image.width <= 90)
            #expect(view.masks[0].area == mask.area)
        }
    }

    @Test("Masks move with their pixels", arguments: boxes)
    func alignment(_ mask: BinaryMask) {
        for view in Self.views(of: Self.photo(60, 90), mask) {
            for pixel in view.masks[0].values.indices {
                let (row, column) = (Int(view.image.pixels[3 * pixel]), Int(view.image.pixels[3 * pixel + 1]))
                #expect(view.masks[0].values[pixel] == mask.values[row * 90 + column])
            }
        }
    }

    @Test("Every view carries all annotations, and crops are placed around the mask alone", arguments: boxes)
    func annotations(_ mask: BinaryMask) {
        let whole = BinaryMask(height: 60, width: 90, values: Array(repeating: true, count: 60 * 90))
        let placed = SupportViews().views(of: Self.photo(60, 90), annotations: [whole, mask], around: mask)
        for (view, alone) in zip(placed, Self.views(of: Self.photo(60, 90), mask)) {
            #expect(view.image == alone.image && view.masks[1] == alone.masks[0])
            #expect(view.masks[0].area == view.image.height * view.image.width)
        }
    }

    @Test("Mirror and crops can be left out; an empty mask has no crops")
    func settings() {
        var views = SupportViews()
        views.mirrors = false
        views.cropScales = []
        #expect(Self.views(of: Self.photo(60, 90), Self.boxes[0], views).count == 1)
        let empty = BinaryMask(height: 60, width: 90, values: Array(repeating: false, count: 60 * 90))
        #expect(Self.views(of: Self.photo(60, 90), empty).count == 2)
    }
}
