import Foundation
import Testing

@testable import Datasets

/// Damaged annotation files, lists and colour maps are refused or read, and never end the process.
@Suite struct AnnotationMutationTests {
    private static let originals: [(name: String, text: String)] = [
        (
            "labelme",
            """
            {"version": "5", "shapes": [{"label": "a", "points": [[2, 2], [20, 3.5], [9, 15]], "shape_type": "polygon"},
            {"label": "a", "points": [[3, 4], [5, 6]], "shape_type": "linestrip"}, {"label": "a", "shape_type": "mask",
            "points": [[4, 5], [6, 6]], "mask": "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNk+M/A8J/hPwAKBgL/m2T4JgAAAABJRU5ErkJggg=="}],
            "imageHeight": 18, "imageWidth": 24, "imagePath": "x.jpg"}
            """
        ),
        (
            "coco",
            """
            {"images": [{"id": 1, "file_name": "x.jpg", "height": 18, "width": 24}], "categories": [{"id": 3, "name": "a"}],
            "annotations": [{"image_id": 1, "category_id": 3, "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9]]},
            {"image_id": 1, "category_id": 3, "segmentation": {"size": [18, 24], "counts": [100, 30, 302]}},
            {"image_id": 1, "category_id": 3, "segmentation": {"size": [18, 24], "counts": "[26<0000000000000e6"}},
            {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]}
            """
        ),
        ("yolo", "0 0.5 0.5 0.25 0.5\n0 0.25 0.25 0.75 0.25 0.5 0.75\n"),
        (
            "cvat",
            """
            <?xml version="1.0"?><annotations><image id="1" name="x.jpg" width="24" height="18">
            <polygon label="a" points="2.0,2.0;20.0,3.5;9.0,15.0"/><box label="a" xtl="3.5" ytl="4" xbr="9" ybr="12.2" rotation="20"/>
            <mask label="a" rle="1,2,2,1" left="4" top="5" width="3" height="2"/><points label="a" points="3,4;5,6"/></image></annotations>
            """
        ),
        (
            "voc",
            """
            <annotation><filename>x.jpg</filename><size><width>24</width><height>18</height></size><object><name>a</name>
            <bndbox><xmin>5</xmin><ymin>4</ymin><xmax>19</xmax><ymax>12</ymax></bndbox></object></annotation>
            """
        ),
        (
            "label-studio",
            """
            [{"data": {"image": "x.jpg"}, "annotations": [{"result": [{"original_width": 24, "original_height": 18,
            "type": "rectanglelabels", "value": {"x": 25, "y": 50, "width": 50, "height": 25, "rotation": 10, "rectanglelabels": ["a"]}},
            {"original_width": 24, "original_height": 18, "type": "brushlabels", "value": {"brushlabels": ["a"],
            "rle": [0, 0, 6, 192, 57, 27, 255, 6, 191, 255]}}]}]}]
            """
        ),
        ("shapes", "{\"scribbles\": [{\"points\": [[1, 1], [20, 15.5]], \"thickness\": 2}, {\"points\": [[3, 3]]}]}"),
        ("lines", "1 2 3 4\n5.5, 6.5, 20, 17 # all\n"),
        ("table", "image,annotation,class\nx.jpg,\"1,2,3,4\",a\n"),
    ]

    private static let alphabet = Array("{}[]\",:;0123456789-eE.\\u <>/=ntxyN\n\r#".utf8)
    private let photo = AnnotatedPhoto(name: "x.jpg", height: 18, width: 24)

    /// Reads bytes; true where they were accepted. What is accepted must mark something in the photo.
    private func isAccepted(_ bytes: [UInt8]) -> Bool {
        do {
            let content = try AnnotationContent(bytes, url: URL(filePath: "/nowhere/mutated"))
            let set = try AnnotationSources.source(of: content).read(content)
            var pick = AnnotationPick(file: "mutated", photo: photo, rule: .automatic, isNested: false, remarks: set.remarks)
            let loaded = try pick.loaded(from: set, class: nil, format: "")
            #expect(try loaded.annotation.rasterised(height: 18, width: 24).area > 0)
            return true
        } catch let error as DatasetError {
            #expect(!error.found.isEmpty && !error.expected.isEmpty && !error.advice.isEmpty)
            return false
        } catch {
            #expect(error is ImageError, "\(error)")
            return false
        }
    }

    private func mutated(_ original: [UInt8], _ random: inout TestRandom) -> [UInt8] {
        var bytes = original
        for _ in 0...random.next(3) {
            guard !bytes.isEmpty else { break }
            let place = random.next(bytes.count)
            switch random.next(6) {
            case 0: bytes[place] ^= 1 << UInt8(random.next(8))
            case 1, 2: bytes[place] = Self.alphabet[random.next(Self.alphabet.count)]
            case 3: bytes.insert(Self.alphabet[random.next(Self.alphabet.count)], at: place)
            case 4: bytes.remove(at: place)
            default:
                let end = min(place + random.next(40), bytes.count)
                if random.next(2) == 0 {
                    bytes.removeSubrange(place..<end)
                } else {
                    bytes.insert(contentsOf: bytes[place..<end], at: place)
                }
            }
        }
        return random.next(20) == 0 ? Array(bytes.prefix(random.next(bytes.count + 1))) : bytes
    }

    /// Mutations a format; `FSS_MUTATIONS` asks for another number.
    private static let count = ProcessInfo.processInfo.environment["FSS_MUTATIONS"].flatMap(Int.init) ?? 400

    @Test(arguments: originals.indices) func everyFormat(_ index: Int) {
        let (name, text) = Self.originals[index]
        var random = TestRandom(state: UInt64(index) + 11)
        var accepted = 0
        // Bounded in time as well, for slow machines.
        let end = ContinuousClock.now + .seconds(60)
        for _ in 0..<Self.count where ContinuousClock.now < end {
            if isAccepted(mutated(Array(text.utf8), &random)) { accepted += 1 }
        }
        #expect(accepted < Self.count, "\(name): \(accepted) accepted")
    }

    @Test(arguments: originals.indices) func theOriginalsAreAccepted(_ index: Int) {
        #expect(isAccepted(Array(Self.originals[index].text.utf8)), "\(Self.originals[index].name)")
    }

    @Test func brushesRunsAndEncodings() {
        var random = TestRandom(state: 5)
        for _ in 0..<Self.count {
            let bytes = (0..<random.next(40)).map { _ in UInt8(random.next(256)) }
            let size = [UInt8](repeating: 0, count: 2) + [6, 192, 0x39]
            if let runs = LabelStudioBrush.decode(size + bytes, height: 18, width: 24) {
                #expect(runs.counts.reduce(0, +) == 432)
            }
            let text = bytes.map { 48 + $0 % 64 }
            if let runs = RunLengthMask(height: 18, width: 24, compressed: text) {
                #expect(runs.counts.reduce(0, +) == 432)
                #expect(runs.area <= 432)
            }
            #expect((1...8).contains(EXIFOrientation.read([0xFF, 0xD8, 0xFF, 0xE1, 0, 30] + Array("Exif\0\0".utf8) + bytes)))
        }
    }

    @Test func listsAndColours() throws {
        let classes = [FewShotClass(id: 1, name: "disc")]
        try withTemporaryFolder { folder in
            for name in ["JPEGImages", "SegmentationClass"] {
                try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
            }
            let voc = try VOCFolder(root: folder)
            var random = TestRandom(state: 9)
            let pairs = Array("JPEGImages/a.jpg SegmentationClass/a.png\nb\n".utf8)
            let colors = Array("# label:color_rgb:parts:actions\nbackground:0,0,0::\ndisc:128,0,0::\n".utf8)
            let list = Array("\u{FEFF}img_1__1\r\nimg_2.jpg__1\r\n".utf8)
            for _ in 0..<Self.count {
                do throws(DatasetError) {
                    let text = try TextFile.text(mutated(pairs, &random), file: "f", expected: "x")
                    _ = try ImageList(text, file: "f", folder: voc)
                } catch { #expect(!error.found.isEmpty) }
                do throws(DatasetError) {
                    let text = try TextFile.text(mutated(list, &random), file: "f", expected: "x")
                    _ = try ItemList(text, name: "f", classes: classes)
                } catch { #expect(!error.found.isEmpty) }
                try Data(mutated(colors, &random)).write(to: folder.appending(path: "labelmap.txt"))
                do throws(DatasetError) { _ = try LabelColors(of: folder) } catch { #expect(!error.found.isEmpty) }
            }
        }
    }
}
