import Foundation
import TensorCore
import Testing

@testable import Datasets

@Suite struct ImageEncodingTests {
    @Test func pngAndLabelsRoundTrip() throws {
        let image = try ImageFile.load(Goldens.url("rgb.png"))
        let labels = try LabelMap.load(Goldens.url("voc.png"))
        let mask = labels.mask(ofClass: 15)
        try withTemporaryFolder { folder in
            try ImageFile.save(image, to: folder.appending(path: "a.png"))
            #expect(try ImageFile.load(folder.appending(path: "a.png")) == image)
            try labels.save(to: folder.appending(path: "l.png"))
            #expect(try LabelMap.load(folder.appending(path: "l.png")) == labels)
            #expect(try ImageFile.load(folder.appending(path: "l.png")) == labels.colored())
            try mask.save(to: folder.appending(path: "m.png"))
            #expect(try BinaryMask.load(folder.appending(path: "m.png")) == mask)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["a.png", "l.png", "m.png"])
        }
    }

    @Test func jpegIsCloseToItsSource() throws {
        let row = (0..<33).flatMap { column in [UInt8](repeating: UInt8(60 + column * 3), count: 3) }
        let image = RGBImage(height: 17, width: 33, pixels: (0..<17).flatMap { _ in row })
        let decoded = try ImageFile.decode(try ImageCodec.jpeg(image, file: "", quality: 95), name: "")
        let worst = zip(image.pixels, decoded.pixels).map { abs(Int($0) - Int($1)) }.max()
        #expect(try #require(worst) <= 6)
    }

    @Test func refusesOtherEndings() throws {
        let error = #expect(throws: ImageError.self) {
            try ImageFile.save(RGBImage(height: 1, width: 1), to: URL(filePath: "/tmp/a.gif"))
        }
        #expect(error?.kind == .unsupported)
    }

    @Test func fullDiskLeavesTheOldFile() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "mask.png")
            try Data("old".utf8).write(to: url)
            var calls = 0
            #expect(throws: FileFailure.system(ENOSPC)) {
                try AtomicFile.write([1, 2, 3, 4], to: url) { descriptor, bytes, count in
                    calls += 1
                    if calls == 1 { return write(descriptor, bytes, 2) }
                    errno = ENOSPC
                    return -1
                }
            }
            #expect(calls == 2)
            #expect(try Data(contentsOf: url) == Data("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["mask.png"])
        }
    }

    @Test func missingFolderIsNamed() throws {
        let url = URL(filePath: "/nonexistent-folder/deep/a.png")
        let error = #expect(throws: ImageError.self) { try ImageFile.save(RGBImage(height: 1, width: 1), to: url) }
        #expect(error?.kind == .notWritten)
        #expect(error?.file == url.path)
    }

    @Test func vocColors() {
        #expect(ColorMap.vocColor(0) == [0, 0, 0])
        #expect(ColorMap.vocColor(1) == [128, 0, 0])
        #expect(ColorMap.vocColor(15) == [192, 128, 128])
        #expect(ColorMap.vocColor(20) == [0, 64, 128])
        #expect(ColorMap.vocColor(255) == [224, 224, 192])
        #expect(ColorMap.voc.count == 768)
    }
}
