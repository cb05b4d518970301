import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite struct ImageDecodingTests {
    @Test func goldensArePresent() {
        #expect(Goldens.cases("decode").count >= 15)
        #expect(Goldens.cases("labels").count >= 5)
        #expect(Goldens.cases("resize").count >= 12)
        #expect(Goldens.cases("refused").count >= 6)
    }

    @Test(arguments: Goldens.cases("decode")) func decodesAsPillow(_ golden: Goldens.Case) throws {
        let image = try ImageFile.load(Goldens.url(#require(golden.file)))
        #expect(image.width == golden.width)
        #expect(image.height == golden.height)
        #expect(try image.pixels == Goldens.bytes(#require(golden.expected) + ".rgb"))
    }

    @Test(arguments: Goldens.cases("labels")) func keepsLabelValues(_ golden: Goldens.Case) throws {
        let map = try LabelMap.load(Goldens.url(#require(golden.file)))
        #expect(map.width == golden.width)
        #expect(map.height == golden.height)
        #expect(try map.values == Goldens.bytes(#require(golden.expected) + ".labels"))
    }

    @Test(arguments: Goldens.cases("refused")) func refusesWithAdvice(_ golden: Goldens.Case) throws {
        let file = try #require(golden.file)
        let mentions = try #require(golden.mentions)
        let error = #expect(throws: ImageError.self) { try ImageFile.load(Goldens.url(file)) }
        #expect(error?.kind == .unsupported)
        #expect(error?.description.contains(mentions) == true)
        #expect(error?.description.contains(file) == true)
    }

    @Test func refusesRGBAndDeepLabels() throws {
        let colored = #expect(throws: ImageError.self) { try LabelMap.load(Goldens.url("rgb.png")) }
        #expect(colored?.found == "an RGB PNG")
        let deep =
            CraftedPNG.signature + CraftedPNG.header(height: 3, width: 3, depth: 16, color: 0)
            + CraftedPNG.chunk("IDAT", [0x78, 0x9C, 0x63, 0, 0, 0, 1, 0, 1])
        let error = #expect(throws: ImageError.self) { try ImageCodec.labels(deep, file: "deep.png") }
        #expect(error?.found == "a PNG of 16 bits a sample")
        let jpeg = #expect(throws: ImageError.self) { try LabelMap.load(Goldens.url("baseline.jpg")) }
        #expect(jpeg?.found == "a JPEG file")
    }

    @Test func namesMissingEmptyAndForeignFiles() throws {
        try withTemporaryFolder { folder in
            let missing = #expect(throws: ImageError.self) {
                try ImageFile.load(folder.appending(path: "no.png"))
            }
            #expect(missing?.found == "no such file or folder")
            let directory = #expect(throws: ImageError.self) { try ImageFile.load(folder) }
            #expect(directory?.found == "a folder")
            let empty = folder.appending(path: "empty.jpg")
            try Data().write(to: empty)
            #expect(#expect(throws: ImageError.self) { try ImageFile.load(empty) }?.kind == .empty)
            let text = folder.appending(path: "text.jpg")
            try Data("not an image".utf8).write(to: text)
            #expect(#expect(throws: ImageError.self) { try ImageFile.load(text) }?.kind == .unrecognised)
            let device = #expect(throws: ImageError.self) { try ImageFile.load(URL(filePath: "/dev/zero")) }
            #expect(device?.found == "a pipe or a device")
        }
    }
}

@Suite struct HostileImageTests {
    private static let names = [
        "rgb.png", "palette.png", "alpha.png", "interlaced.png", "baseline.jpg", "subsampled.jpg", "progressive.jpg",
    ]

    @Test(arguments: names) func refusesEveryTruncation(_ name: String) throws {
        let bytes = try Goldens.bytes(name)
        // The last bytes of a JPEG are its end marker; without it all samples may still be there.
        for count in stride(from: 1, to: bytes.count - 16, by: 7) {
            let part = Array(bytes.prefix(count))
            let error = #expect(throws: ImageError.self) { try ImageFile.decode(part, name: name) }
            #expect(error?.kind == .damaged || error?.kind == .unrecognised, "after \(count) bytes")
        }
    }

    @Test(arguments: names) func survivesChangedBytes(_ name: String) throws {
        let bytes = try Goldens.bytes(name)
        var random = NumPyRandom(seed: 1)
        for _ in 0..<300 {
            var changed = bytes
            for _ in 0...random.interval(4) {
                let position = random.interval(bytes.count - 1)
                changed[position] = UInt8(random.interval(255))
            }
            if let image = try? ImageFile.decode(changed, name: name) {
                #expect(image.pixels.count == image.width * image.height * 3)
            }
            if let map = try? ImageCodec.labels(changed, file: name).map {
                #expect(map.values.count == map.width * map.height)
            }
        }
    }

    @Test func refusesGiganticHeadersBeforeAllocation() throws {
        let header = CraftedPNG.signature + CraftedPNG.header(height: 60000, width: 60000)
        let png = #expect(throws: ImageError.self) { try ImageFile.decode(header, name: "huge.png") }
        #expect(png?.kind == .tooLarge)
        #expect(png?.description.contains("60000 x 60000") == true)
        let labels = #expect(throws: ImageError.self) { try ImageCodec.labels(header, file: "huge.png") }
        #expect(labels?.kind == .tooLarge)
        let thin = CraftedPNG.signature + CraftedPNG.header(height: 1, width: 1 << 24)
        #expect(#expect(throws: ImageError.self) { try ImageFile.decode(thin, name: "") }?.kind == .tooLarge)

        var jpeg = try Goldens.bytes("baseline.jpg")
        let frame = try #require(jpeg.indices.dropLast(9).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        for offset in 5..<9 { jpeg[frame + offset] = 0xFA }
        let error = #expect(throws: ImageError.self) { try ImageFile.decode(jpeg, name: "huge.jpg") }
        #expect(error?.kind == .tooLarge)
        #expect(error?.description.contains("64250 x 64250") == true)
    }

    @Test func refusesEmptySidesAndAnimation() throws {
        let flat = CraftedPNG.signature + CraftedPNG.header(height: 5, width: 0)
        #expect(#expect(throws: ImageError.self) { try ImageFile.decode(flat, name: "") }?.kind == .damaged)
        let animated =
            CraftedPNG.signature + CraftedPNG.header(height: 2, width: 2)
            + CraftedPNG.chunk("acTL", CraftedPNG.word(2) + CraftedPNG.word(0))
        let error = #expect(throws: ImageError.self) { try ImageFile.decode(animated, name: "a.png") }
        #expect(error?.found == "an animated PNG")
    }
}
