import Foundation
import Testing

@testable import Datasets

@Suite("Photos on a canvas") struct PhotoCanvasTests {
    private static let diam = GFSSConvention.diam.canvas
    private static let capl = GFSSConvention.capl.canvas
    private static let pop = GFSSConvention.pop.canvas

    @Test("Every convention has its own canvas and place of comparison, and says so")
    func conventions() {
        #expect(Self.diam == PhotoCanvas(side: 417, multiple: 8, padding: .black))
        #expect(Self.capl == PhotoCanvas(side: 473, multiple: 8, padding: .black))
        #expect(Self.pop == PhotoCanvas(side: 473, multiple: 1, padding: .mean))
        #expect(GFSSConvention.named.map(\.space) == [.original, .canvas(417), .original])
        #expect(IoUSpace.canvas(417).layout == Self.diam)
        #expect(GFSSConvention.diam.text.contains("417, sides cut to multiples of 8, black, compared in canvas-417"))
        #expect(GFSSConvention.pop.text.contains("473, sides rounded, mean colour, compared in original"))
        let scoring = GeneralizedScoring(dataset: DatasetChoice("shapes5i"), convention: .diam, predictions: "p")
        #expect(scoring.space == .canvas(417))
    }

    @Test("A convention survives JSON; one of version 1 had one canvas and compared photos")
    func earlier() throws {
        for convention in GFSSConvention.named {
            let data = try JSONEncoder().encode(convention)
            #expect(try JSONDecoder().decode(GFSSConvention.self, from: data) == convention)
            var tree = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            (tree["canvas"], tree["space"], tree["version"]) = (nil, nil, 1)
            let old = try JSONDecoder().decode(GFSSConvention.self, from: JSONSerialization.data(withJSONObject: tree))
            #expect(old.canvas == PhotoCanvas(side: 473) && old.space == .original && old.version == 1)
            #expect(!old.text.contains("canvas") && old.seeds == convention.seeds)
        }
    }

    @Test(
        "The longer side fills the canvas; CAPL and DIaM cut to multiples of 8, POP rounds",
        arguments: [
            (PhotoCanvasTests.diam, (375, 500), (312, 416)), (PhotoCanvasTests.diam, (500, 333), (416, 272)),
            (PhotoCanvasTests.diam, (417, 417), (416, 416)), (PhotoCanvasTests.capl, (375, 500), (352, 472)),
            (PhotoCanvasTests.pop, (375, 500), (355, 473)), (PhotoCanvasTests.pop, (500, 333), (473, 315)),
            (PhotoCanvas(side: 128, multiple: 8), (500, 500), (128, 128)),
            (PhotoCanvas(side: 48, multiple: 8), (5, 200), (1, 48)), (PhotoCanvas(side: 48), (1, 2000), (1, 48)),
        ])
    func sizes(_ canvas: PhotoCanvas, _ photo: (Int, Int), _ expected: (Int, Int)) {
        let size = canvas.size(height: photo.0, width: photo.1)
        #expect(size.height == expected.0 && size.width == expected.1, "\(size)")
    }

    @Test("What is beside the photo has the padding's colour and no label", arguments: PhotoCanvas.Padding.allCases)
    func padding(_ padding: PhotoCanvas.Padding) {
        let canvas = PhotoCanvas(side: 17, multiple: 8, padding: padding)
        let image = canvas.image(RGBImage(height: 4, width: 8, red: 255, green: 255, blue: 255))
        #expect(image.height == 17 && image.width == 17)
        let color: [UInt8] = padding == .black ? [0, 0, 0] : [124, 116, 104]
        for y in 0..<17 {
            for x in 0..<17 {
                let pixel = (y * 17 + x) * 3
                #expect(Array(image.pixels[pixel..<pixel + 3]) == (y < 8 && x < 16 ? [255, 255, 255] : color), "\(x), \(y)")
            }
        }
        let labels = canvas.labels(ClassMap(height: 4, width: 8, values: (0..<32).map { Int32($0 % 8) }))
        for y in 0..<17 {
            for x in 0..<17 {
                #expect(labels.values[y * 17 + x] == (y < 8 && x < 16 ? Int32(x / 2) : ClassMap.void), "\(x), \(y)")
            }
        }
    }

    @Test("A canvas as a space is read as it is written, and a mask in it is void beside the photo")
    func space() throws {
        let space = try #require(IoUSpace("canvas-17"))
        #expect(space == .canvas(17) && space.description == "canvas-17")
        for text in ["canvas", "canvas-", "canvas-0", "canvas--4", "canvas-9999", "canvas-17x"] { #expect(IoUSpace(text) == nil) }
        let mask = space.mask(ClassMask(object: BinaryMask(height: 4, width: 8, values: Array(repeating: true, count: 32))))
        #expect(mask.object.values.count { $0 } == 128 && mask.void?.values.count { !$0 } == 128)
        #expect(mask.object.values == mask.void?.values.map { !$0 })
        let labels = space.labels(LabelMap(height: 4, width: 8, values: Array(repeating: 255, count: 32)))
        #expect(labels.height == 17 && labels.values.allSatisfy { $0 == LabelMap.ignore })
    }
}
