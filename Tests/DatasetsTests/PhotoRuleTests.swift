import Foundation
import Testing

@testable import Datasets

@Suite("What a photo is")
struct PhotoRuleTests {
    @Test("Endings count in letters of any case; hidden files never do")
    func names() {
        for name in ["a.jpg", "IMG_1.JPG", "b.jpeg", "c.PNG", "d.Jpg", "two.dots.png", "schön.JPEG"] {
            #expect(PhotoRule.isPhoto(name), "\(name)")
        }
        for name in [".a.jpg", "._IMG_1.JPG", "Thumbs.db", "a.webp", "jpg", "a.jpg.txt", "a", ".jpg", "desktop.ini"] {
            #expect(!PhotoRule.isPhoto(name), "\(name)")
        }
        #expect(PhotoRule.stem("two.dots.PNG") == "two.dots")
        #expect(PhotoRule.stem("2007.000033") == "2007.000033")
        #expect(PhotoRule.candidates("a").prefix(3) == ["a.jpg", "a.jpeg", "a.png"])
        #expect(PhotoRule.candidates("a.JPG").contains("a.JPG"))
    }

    private func write(_ names: [String], in folder: URL, _ bytes: [UInt8]) throws {
        for name in names { try Data(bytes).write(to: folder.appending(path: name)) }
    }

    @Test("A folder lists photos, counts other pictures aloud and is silent about hidden files")
    func folder() throws {
        let photo = try Goldens.bytes("baseline.jpg")
        try withTemporaryFolder { folder in
            try write(["b.jpeg", "IMG_1.JPG", "c.PNG", "._IMG_1.JPG", "Thumbs.db", ".DS_Store"], in: folder, photo)
            try write(["d.webp", "e.WEBP"], in: folder, try Goldens.bytes("other.webp"))
            try write(["f.bmp"], in: folder, try Goldens.bytes("other.bmp"))
            try write(["unnamed"], in: folder, try Goldens.bytes("other.gif"))
            try write(["camera"], in: folder, photo)
            try write(["g.heic", "notes.txt", "list.json"], in: folder, Array("x".utf8))
            try FileManager.default.createDirectory(at: folder.appending(path: "more.jpg"), withIntermediateDirectories: true)
            let found = try PhotoFolder(folder)
            #expect(found.photos.map(\.lastPathComponent) == ["IMG_1.JPG", "b.jpeg", "c.PNG"])
            let text = found.remarks.joined(separator: "\n")
            for part in ["2 WebP", "1 BMP", "1 GIF", "1 HEIC", "1 JPEG with no ending", "1 folder"] {
                #expect(text.contains(part), "\(part) in \(text)")
            }
            #expect(!text.contains("Thumbs") && !text.contains("txt"))
            let queries = try QueryPhoto.search([folder.path])
            #expect(queries.photos.map(\.name) == ["IMG_1", "b", "c"])
            #expect(queries.remarks == found.remarks)
        }
    }

    @Test("A folder of nothing but other pictures says which")
    func noPhoto() throws {
        try withTemporaryFolder { folder in
            try write(["a.webp"], in: folder, try Goldens.bytes("other.webp"))
            let error = #expect(throws: RunError.self) { try QueryPhoto.found([folder.path]) }
            #expect(error?.description.contains("1 WebP") == true)
        }
    }

    @Test("Masks beside their photos are no photos; other pictures of the same stem are")
    func twins() throws {
        try withTemporaryFolder { folder in
            let photo = try ImageFile.load(Goldens.url("baseline.jpg"))
            let mask = BinaryMask(height: photo.height, width: photo.width) { x, y in x > 3 && y < 9 }
            let drawn = RGBImage(
                height: mask.height, width: mask.width, pixels: mask.values.flatMap { [UInt8](repeating: $0 ? 255 : 0, count: 3) }
            )
            for stem in ["1", "2"] {
                try ImageFile.save(photo, to: folder.appending(path: "\(stem).jpg"))
                try ImageFile.save(drawn, to: folder.appending(path: "\(stem).png"))
            }
            try ImageFile.save(photo, to: folder.appending(path: "both.jpg"))
            try ImageFile.save(photo, to: folder.appending(path: "both.png"))
            try ImageFile.save(photo, to: folder.appending(path: "cup.png"))
            try mask.save(to: folder.appending(path: "cup_mask.png"))
            try mask.save(to: folder.appending(path: "alone.png"))
            let found = try PhotoFolder(folder)
            #expect(
                found.photos.map(\.lastPathComponent) == ["1.jpg", "2.jpg", "alone.png", "both.jpg", "both.png", "cup.png"])
            #expect(found.remarks.count == 1 && found.remarks[0].contains("3 files that are masks"))
        }
    }

    @Test("Names that are no UTF-8 are opened by their bytes and shown with a replacement mark")
    func foreignNames() throws {
        let photo = try Goldens.bytes("baseline.jpg")
        let names: [[UInt8]] = [Array("caf".utf8) + [0xE9] + Array(".jpg".utf8), Array("caf".utf8) + [0xE8] + Array(".jpg".utf8)]
        try withTemporaryFolder { folder in
            for name in names {
                let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + name + [0]
                let file = try #require(fopen(path.map { CChar(bitPattern: $0) }, "w"))
                #expect(fwrite(photo, 1, photo.count, file) == photo.count)
                fclose(file)
            }
            let found = try QueryPhoto.search([folder.path])
            #expect(found.photos.map(\.name) == ["caf\u{FFFD}", "caf\u{FFFD}-2"])
            for query in found.photos { #expect(try ImageFile.load(query.url).width > 0) }
            #expect(Set(found.photos.map(\.url)).count == 2)
            // A command line gives both names as the same text.
            let repaired = folder.path + "/caf\u{FFFD}.jpg"
            #expect(try QueryPhoto.search([repaired, repaired]).photos.map(\.url) == found.photos.map(\.url))
            #expect(throws: ImageError.self) { try ImageFile.load(URL(filePath: repaired)) }
            for name in names {
                let path = Array(folder.path.utf8) + [UInt8(ascii: "/")] + name + [0]
                #expect(unlink(path.map { CChar(bitPattern: $0) }) == 0)
            }
        }
        for name in names {
            let text = FileName.text(name)
            #expect(FileName.bytes(text) == name)
            #expect(FileName.plain(text) == "caf\u{FFFD}.jpg")
        }
        #expect(FileName.text(Array("schön.jpg".utf8)) == "schön.jpg")
        #expect(FileName.bytes("schön.jpg") == nil)
    }

    @Test(
        "A dataset finds photos of every ending, and ids may bring theirs",
        arguments: [
            "a.jpg", "a.JPG", "a.jpeg", "a.JPEG", "a.png", "a.PNG", "a.Jpg",
        ]) func dataset(_ name: String) throws
    {
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let image = try ImageFile.load(Goldens.url("baseline.jpg"))
            let labels = LabelMap(
                height: image.height, width: image.width, values: Array(repeating: 1, count: image.height * image.width))
            try Data(try Goldens.bytes("baseline.jpg")).write(to: folder.appending(path: "JPEGImages/\(name)"))
            try labels.save(to: folder.appending(path: "SegmentationClass/a.png"))
            let dataset = try VOCFolder(root: folder)
            for id in ["a", name] {
                try dataset.check([id])
                #expect(try dataset.image(id) == image)
                #expect(try dataset.labels(id) == labels)
            }
            #expect(throws: DatasetError.self) { try dataset.check(["b"]) }
        }
    }

    @Test("A missing photo that is there in another format is said to be")
    func otherFormat() throws {
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            try write(["JPEGImages/a.webp"], in: folder, try Goldens.bytes("other.webp"))
            let error = #expect(throws: DatasetError.self) { try VOCFolder(root: folder).check(["a"]) }
            #expect(error?.found.contains(".webp") == true)
        }
    }

    @Test("The check names the orientation tag of photos whose labels do not follow it, or may not")
    func check() async throws {
        try await withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass", "splits/val"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let labels = LabelMap(height: 4, width: 6, values: Array(repeating: 1, count: 24))
            for (id, tag) in [("a", 6), ("b", 3), ("c", 1)] as [(String, UInt8)] {
                let photo = PictureWriter(kind: .rgb, orientation: tag).png(height: 4, width: 6, Array(repeating: 40, count: 72))
                try Data(photo).write(to: folder.appending(path: "JPEGImages/\(id).png"))
                try labels.save(to: folder.appending(path: "SegmentationClass/\(id).png"))
            }
            try Data("a__1\nb__1\nc__1\n".utf8).write(to: folder.appending(path: "splits/val/fold0.txt"))
            let report = try await FoldedVOC(root: folder).check()
            #expect(report.errors.count == 1, "\(report.errors)")
            #expect(report.errors.first?.contains("orientation tag 6") == true)
            #expect(report.warnings.count == 1, "\(report.warnings)")
            #expect(report.warnings.first?.contains("1 photos, such as b") == true)
        }
    }
}
