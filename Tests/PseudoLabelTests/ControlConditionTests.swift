internal import Datasets
@testable internal import PseudoLabel
internal import TensorCore
internal import Testing

@Suite("Control conditions")
struct ControlConditionTests {
    /// Strong edges in the left half of a photo.
    private struct LeftHalf: EdgeDetector {
        var identity: String { "left half" }
        var strength: Float = 0.9

        func edges(of photo: RGBImage) -> ScalarMap {
            let values = (0..<photo.height * photo.width).map { $0 % photo.width < photo.width / 2 ? strength : 0 }
            return ScalarMap(height: photo.height, width: photo.width, values: values)
        }
    }

    private static func colors(_ image: RGBImage) -> Set<[UInt8]> {
        Set((0..<image.height * image.width).map { Array(image.pixels[3 * $0..<3 * $0 + 3]) })
    }

    @Test("The palette has ADE20K's 150 colours; names of PASCAL and COCO have their released class, others the fallback")
    func palette() {
        #expect(ADE20KColors.palette.count == 150)
        let (first, last) = (ADE20KColors.palette[0], ADE20KColors.palette[149])
        #expect([first.red, first.green, first.blue] == [120, 120, 120])
        #expect([last.red, last.green, last.blue] == [0x5c, 0, 255])
        for (name, index) in [
            ("airplane", 90), ("dog", 126), ("Potted Plant", 17), ("train", 20), ("television", 89), ("toothbrush", 108),
            ("cell phone", 74), ("vase", 135), ("broccoli", 120),
        ] {
            #expect(ADE20KColors.index(ofClass: name) == index, "\(name)")
        }
        #expect(ADE20KColors.index(ofClass: "striped ring") == ADE20KColors.fallback)
        #expect(!ADE20KColors.knows("striped ring") && ADE20KColors.knows("Cow"))
    }

    @Test(
        "Sides are brought to the size of a diffusion model",
        arguments: [
            (375, 500, 512, 704), (500, 375, 704, 512), (64, 64, 512, 512), (1000, 1000, 512, 512), (10, 300, 512, 15360),
        ])
    func sizes(_ height: Int, _ width: Int, _ expectedHeight: Int, _ expectedWidth: Int) {
        let size = ControlCondition(.hed).size(height: height, width: width)
        #expect(size == Size2D(height: expectedHeight, width: expectedWidth))
    }

    @Test("A semantic control has the mask in the colour of its class on the colour of walls")
    func segmentation() throws {
        let condition = ControlCondition(.segmentation, side: 64)
        let picture = try condition.picture(of: AuxiliaryFixtures.support(height: 64, width: 64), className: "dog")
        let dog = ADE20KColors.palette[126]
        #expect(Self.colors(picture) == [[120, 120, 120], [dog.red, dog.green, dog.blue]])
        #expect((0..<64 * 64).count { picture.pixels[3 * $0] == dog.red && picture.pixels[3 * $0 + 1] == dog.green } == 144)
    }

    @Test("Scribbles are black and white, soft boundaries are not; both follow the outline where no network finds edges")
    func outlines() throws {
        let support = AuxiliaryFixtures.support(x: 20, y: 20, side: 24, height: 64, width: 64)
        let scribble = try ControlCondition(.scribble, side: 64).picture(of: support, className: "")
        #expect(Self.colors(scribble) == [[0, 0, 0], [255, 255, 255]])
        let soft = try ControlCondition(.hed, side: 64).picture(of: support, className: "")
        #expect(Self.colors(soft).count > 3)
        func level(_ image: RGBImage, _ x: Int, _ y: Int) -> UInt8 { image.pixels[3 * (y * 64 + x)] }
        #expect(level(soft, 19, 30) == 255 && level(scribble, 19, 30) == 255)
        #expect(level(soft, 32, 32) == 0 && level(soft, 2, 2) == 0)
    }

    @Test("The edges of a network are kept near the thing only")
    func edges() throws {
        let support = AuxiliaryFixtures.support(x: 20, y: 20, side: 24, height: 64, width: 64)
        let picture = try ControlCondition(.hed, edges: LeftHalf(), side: 64).picture(of: support, className: "")
        func level(_ x: Int, _ y: Int) -> UInt8 { picture.pixels[3 * (y * 64 + x)] }
        #expect(level(25, 30) == 229 && level(40, 30) == 0 && level(2, 2) == 0)
        // Six pixels to the left belong to the larger mask, seven do not.
        #expect(level(14, 30) == 229 && level(13, 30) == 0)
        let weak = try ControlCondition(.scribble, edges: LeftHalf(strength: 0.4), side: 64).picture(of: support, className: "")
        #expect(Self.colors(weak) == [[0, 0, 0]])
    }

    @Test("The mask grows by OpenCV's ellipse of 14 pixels, once")
    func ellipse() {
        var mask = BinaryMask(height: 40, width: 40, values: Array(repeating: false, count: 1600))
        mask.values[20 * 40 + 20] = true
        let grown = mask.dilatedByEllipse()
        #expect(grown.area == 163)
        #expect(grown.boundingBox == Box(x0: 14, y0: 14, x1: 28, y1: 28))
        var corner = BinaryMask(height: 5, width: 5, values: Array(repeating: false, count: 25))
        corner.values[0] = true
        #expect(corner.dilatedByEllipse().values[0])
    }

    @Test("Boxes, strokes and points are drawn as their pixels; an annotation that shows nothing is refused")
    func annotations() throws {
        let photo = RGBImage(height: 64, width: 64)
        let condition = ControlCondition(.segmentation, side: 64)
        for annotation: Annotation in [
            .boxes([Box(x0: 2, y0: 3, x1: 30, y1: 40)]), .points([Point(x: 9, y: 9)]),
            .scribbles([Scribble(points: [Point(x: 3, y: 3), Point(x: 30, y: 30)])]),
        ] {
            let picture = try condition.picture(of: Support(image: photo, annotation: annotation), className: "cat")
            #expect(Self.colors(picture).count == 2, "\(annotation.kind)")
        }
    }

    @Test("What decides a picture is in the identity")
    func identity() {
        let all = [
            ControlCondition(.hed), ControlCondition(.scribble), ControlCondition(.hed, side: 64),
            ControlCondition(.hed, edges: LeftHalf()), ControlCondition(.segmentation, edges: LeftHalf()),
        ].map(\.identity)
        #expect(Set(all).count == all.count)
    }
}
