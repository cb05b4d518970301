import Foundation
import Testing

@testable import Datasets

@Suite("Orientation of photos and their masks")
struct OrientationTests {
    private static let (height, width) = (6, 9)
    private static let tags: [UInt8] = [2, 3, 4, 5, 6, 7, 8]

    /// A mask without any symmetry.
    private static let stored = BinaryMask(height: height, width: width) { x, y in x < 3 && y < 2 || x == 7 && y == 4 }

    private static let photo: [Int] = (0..<(height * width * 3)).map { $0 * 37 % 251 }

    private static func maskFile(_ mask: BinaryMask, orientation: UInt8? = nil) -> [UInt8] {
        PictureWriter(kind: .grey, orientation: orientation)
            .png(height: mask.height, width: mask.width, mask.values.map { $0 ? 255 : 0 })
    }

    private static func header(_ tag: UInt8, height: Int = height, width: Int = width) throws -> ImageHeader {
        let samples = Array(repeating: 9, count: height * width * 3)
        let file = PictureWriter(kind: .rgb, orientation: tag).png(height: height, width: width, samples)
        return try ImageFile.header(file, file: "photo.png")
    }

    @Test("A PNG with an eXIf chunk is turned as a JPEG with the tag is", arguments: tags)
    func exif(_ tag: UInt8) throws {
        #expect(try ImageFile.header(Goldens.url("exif1.jpg")).orientation == .upright)
        #expect(try ImageFile.header(Goldens.url("exif\(tag).jpg")).orientation.rawValue == Int(tag))
        for kind in [PictureWriter.Kind.rgb, .rgba] {
            let samples =
                kind == .rgb
                ? Self.photo
                : (0..<(Self.height * Self.width)).flatMap { pixel in
                    Self.photo[(pixel * 3)..<(pixel * 3 + 3)] + [255]
                }
            let file = PictureWriter(kind: kind, orientation: tag).png(height: Self.height, width: Self.width, samples)
            let image = try ImageFile.decode(file, name: "")
            let orientation = try #require(ImageOrientation(rawValue: Int(tag)))
            let labels = LabelMap(
                height: Self.height, width: Self.width, values: (0..<(Self.height * Self.width)).map { UInt8($0) })
            let turned = labels.turned(orientation)
            #expect((image.height, image.width) == (turned.height, turned.width))
            let expected = turned.values.flatMap { pixel in
                Self.photo[(Int(pixel) * 3)..<(Int(pixel) * 3 + 3)].map { UInt8($0) }
            }
            #expect(image.pixels == expected)
            let map = try ImageCodec.labels(
                PictureWriter(kind: .grey, orientation: tag).png(
                    height: Self.height, width: Self.width, labels.values.map(Int.init)), file: "")
            #expect(map.map == turned)
        }
    }

    @Test("Turning is what the decoders of tagged JPEGs do", arguments: tags)
    func jpeg(_ tag: UInt8) throws {
        let bytes = try Goldens.bytes("baseline.jpg")
        let stored = try ImageFile.decode(bytes, name: "")
        let turned = try ImageFile.decode(PictureWriter.jpeg(bytes, orientation: tag), name: "")
        let red = LabelMap(
            height: stored.height, width: stored.width,
            values: stride(from: 0, to: stored.pixels.count, by: 3).map { stored.pixels[$0] })
        let orientation = try #require(ImageOrientation(rawValue: Int(tag)))
        #expect(red.turned(orientation).values == stride(from: 0, to: turned.pixels.count, by: 3).map { turned.pixels[$0] })
    }

    @Test("A mask of the stored pixels is turned along, and a remark names the tag", arguments: tags)
    func storedMask(_ tag: UInt8) throws {
        let photo = try Self.header(tag)
        let reading = try MaskReading.read(Self.maskFile(Self.stored), file: "m.png", photo: photo)
        #expect(reading.remarks.count == 1)
        #expect(reading.remarks[0].contains("orientation tag \(tag)"))
        let orientation = photo.orientation
        #expect(reading.mask == (orientation.swapsSides ? Self.stored.turned(orientation) : Self.stored))
    }

    @Test("A mask of the upright photo is read as it is; only where sides cannot tell a remark says so", arguments: tags)
    func uprightMask(_ tag: UInt8) throws {
        let photo = try Self.header(tag)
        let mask = Self.stored.turned(photo.orientation)
        let reading = try MaskReading.read(Self.maskFile(mask), file: "m.png", photo: photo)
        #expect(reading.mask == mask)
        #expect(reading.remarks.isEmpty == photo.orientation.swapsSides)
        let square = try Self.header(tag, height: 6, width: 6)
        let part = Self.stored.cropped(y: 0, x: 0, height: 6, width: 6)
        #expect(try MaskReading.read(Self.maskFile(part), file: "m.png", photo: square).remarks.count == 1)
        // A mask that brings the tag itself leaves nothing open.
        let tagged = try MaskReading.read(Self.maskFile(Self.stored, orientation: tag), file: "m.png", photo: photo)
        #expect(tagged.mask == mask && tagged.remarks == [])
    }

    @Test("Other sides are refused before anything is decoded, and the tag is named")
    func otherSides() throws {
        let header = CraftedPNG.signature + CraftedPNG.header(height: 16384, width: 16384, depth: 1, color: 0)
        let file = header + CraftedPNG.chunk("IDAT", [0x78, 0x9C])
        let error = #expect(throws: DatasetError.self) {
            try MaskReading.read(file, file: "m.png", photo: Self.header(6))
        }
        #expect(error?.found == "a mask of 16384x16384 pixels")
        #expect(error?.expected.contains("orientation tag 6, 9x6 before") == true)
    }
}

@Suite("Small files that cost much")
struct CostlyImageTests {
    @Test("A photo of many pixels in few bytes is refused by its header")
    func dense() throws {
        for (depth, color) in [(1, 0), (8, 3), (8, 2), (16, 6)] as [(UInt8, UInt8)] {
            let start = CraftedPNG.signature + CraftedPNG.header(height: 16384, width: 16384, depth: depth, color: color)
            let palette = color == 3 ? CraftedPNG.chunk("PLTE", [0, 0, 0]) : []
            let file = start + palette + CraftedPNG.chunk("IDAT", Array(repeating: 0, count: 31_000))
            let error = #expect(throws: ImageError.self) { try ImageFile.decode(file, name: "p.png") }
            #expect(error?.kind == .tooLarge, "depth \(depth), colour \(color)")
            #expect(error?.description.contains("16384 x 16384") == true)
        }
    }

    @Test("A progressive JPEG of many pixels is refused by its header")
    func progressive() throws {
        var file = try Goldens.bytes("progressive.jpg")
        let frame = try #require(file.indices.dropLast(9).first { file[$0] == 0xFF && file[$0 + 1] == 0xC2 })
        for offset in [5, 7] { (file[frame + offset], file[frame + offset + 1]) = (0x3F, 0xFF) }
        for rows in [0, 1] {
            let error = #expect(throws: ImageError.self) {
                if rows == 0 {
                    _ = try ImageFile.decode(file, name: "p.jpg")
                } else {
                    _ = try MaskReading.read(file, file: "p.jpg")
                }
            }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test("A label map of many pixels is compared with its photo before it is decoded")
    func labels() throws {
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            try ImageFile.save(RGBImage(height: 4, width: 5), to: folder.appending(path: "JPEGImages/a.png"))
            let header = CraftedPNG.signature + CraftedPNG.header(height: 16384, width: 16384, depth: 8, color: 0)
            try Data(header + CraftedPNG.chunk("IDAT", [0x78, 0x9C])).write(to: folder.appending(path: "SegmentationClass/a.png"))
            let dataset = try VOCFolder(root: folder)
            let error = #expect(throws: ImageError.self) { try dataset.labels("a") }
            #expect(error?.kind == .tooLarge)
        }
    }
}
