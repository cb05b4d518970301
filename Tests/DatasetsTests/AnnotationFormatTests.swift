import Foundation
import Testing

@testable import Datasets

/// Files of annotation tools, recognised by their content, whatever they are called.
@Suite struct AnnotationFormatTests {
    private let photo = AnnotatedPhoto(name: "photos/cup.jpg", height: 18, width: 24)

    private func read(
        _ text: String, class className: String? = nil, photo: AnnotatedPhoto? = nil, beside files: [String: String] = [:]
    ) throws -> LoadedAnnotation {
        var result: LoadedAnnotation?
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "annotation")
            try Data(text.utf8).write(to: url)
            for (name, content) in files { try Data(content.utf8).write(to: folder.appending(path: name)) }
            result = try AnnotationFile.read(url, for: photo ?? self.photo, class: className)
        }
        return try #require(result)
    }

    private func filled(_ points: [Double]...) -> Annotation {
        var canvas = MaskCanvas(height: photo.height, width: photo.width)
        for values in points {
            canvas.fill(stride(from: 0, to: values.count, by: 2).map { Point(x: values[$0], y: values[$0 + 1]) })
        }
        return .mask(canvas.mask)
    }

    private static func labelme(_ shapes: String, size: String = "\"imageHeight\": 18, \"imageWidth\": 24") -> String {
        "{\"version\": \"5.4.1\", \"flags\": {}, \"shapes\": [\(shapes)], \"imagePath\": \"..\\\\x\\\\cup.jpg\", \"imageData\": null, \(size)}"
    }

    private static func shape(_ label: String, _ points: String, _ type: String, more: String = "") -> String {
        "{\"label\": \"\(label)\", \"points\": \(points), \"group_id\": null, \"shape_type\": \"\(type)\", \"flags\": {}\(more)}"
    }

    @Test func labelme() throws {
        let polygon = Self.shape("cup", "[[2, 2], [20, 3.5], [9, 15]]", "polygon")
        let loaded = try read(Self.labelme(polygon))
        #expect(loaded.annotation == filled([2, 2, 20, 3.5, 9, 15]))
        #expect(loaded.format == "labelme JSON")
        #expect(loaded.className == "cup")
        #expect(loaded.remarks.count == 1)
        #expect(loaded.remarks[0].hasSuffix("labelme JSON, one object of class \"cup\"."))
        #expect(
            try read(Self.labelme(Self.shape("cup", "[[9.5, 12], [3, 4]]", "rectangle"))).annotation
                == .boxes([Box(x0: 3, y0: 4, x1: 10, y1: 12)]))
        #expect(
            try read(Self.labelme(Self.shape("cup", "[[3, 4], [5, 6], [8, 4]]", "linestrip"))).annotation
                == .scribbles([Scribble(points: [Point(x: 3, y: 4), Point(x: 5, y: 6), Point(x: 8, y: 4)], thickness: 1)]))
        #expect(try read(Self.labelme(Self.shape("cup", "[[3, 4.5]]", "point"))).annotation == .points([Point(x: 3, y: 4.5)]))
        let circle = try read(Self.labelme(Self.shape("cup", "[[10, 9], [10, 14]]", "circle"))).annotation
        let disc = BinaryMask(height: 18, width: 24) { x, y in
            let (dx, dy) = (Double(x) + 0.5 - 10, Double(y) + 0.5 - 9)
            return dx * dx + dy * dy <= 25
        }
        #expect(circle == .mask(disc))
    }

    @Test func labelmeMasksArePlacedAtTheirCorner() throws {
        let mask = BinaryMask(".##", "#.#")
        let samples = mask.values.map { $0 ? UInt8(255) : 0 }
        let png = try ImageCodec.png(samples, height: 2, width: 3, palette: [], file: "")
        let more = ", \"mask\": \"\(Data(png).base64EncodedString())\""
        let loaded = try read(Self.labelme(Self.shape("cup", "[[4, 5], [6, 6]]", "mask", more: more)))
        var expected = BinaryMask(height: 18, width: 24) { _, _ in false }
        for (x, y) in [(5, 5), (6, 5), (4, 6), (6, 6)] { expected.values[y * 24 + x] = true }
        #expect(loaded.annotation == .mask(expected))
        let outside = #expect(throws: DatasetError.self) {
            try read(Self.labelme(Self.shape("cup", "[[22, 5], [25, 6]]", "mask", more: more)))
        }
        #expect(outside?.place == "shapes[0]")
        #expect(outside?.found == "a mask of 3x2 at (22, 5)")
    }

    @Test func severalClassesAreAskedFor() throws {
        let text = Self.labelme(
            [
                Self.shape("cup", "[[2, 2], [9, 8]]", "rectangle"), Self.shape("Plate", "[[1, 1], [5, 5]]", "rectangle"),
                Self.shape("cup", "[[12, 2], [19, 8]]", "rectangle"),
            ].joined(separator: ","))
        let error = #expect(throws: DatasetError.self) { try read(text) }
        #expect(error?.found == "objects of several classes: cup, Plate")
        #expect(error?.advice == "choose one with --class, for example --class \"cup\"")
        #expect(
            try read(text, class: "cup").annotation
                == .boxes([Box(x0: 2, y0: 2, x1: 9, y1: 8), Box(x0: 12, y0: 2, x1: 19, y1: 8)]))
        #expect(try read(text, class: "plate").className == "Plate")
        let absent = #expect(throws: DatasetError.self) { try read(text, class: "dog") }
        #expect(absent?.found == "no object of class \"dog\"")
        #expect(absent?.expected == "one of cup, Plate")
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.json")
            try Data(text.utf8).write(to: url)
            let all = try AnnotationFile.readAll(url, for: photo)
            #expect(all.map(\.className) == ["cup", "Plate"])
            #expect(all.map(\.annotation.kind) == [.box, .box])
        }
    }

    @Test func shapesThatCannotBeUsedAreRemarkedUpon() throws {
        let good = Self.shape("cup", "[[2, 2], [9, 8]]", "rectangle")
        let loaded = try read(Self.labelme(good + "," + Self.shape("cup", "[[1, 1]]", "spline")))
        #expect(loaded.remarks.last?.hasSuffix("shapes[1]: a shape of type \"spline\" cannot be used and is left out.") == true)
        let only = #expect(throws: DatasetError.self) { try read(Self.labelme(Self.shape("cup", "[[1, 1]]", "spline"))) }
        #expect(only?.found.contains("spline") == true)
    }

    private static let coco = """
        {"images": [{"id": 7, "file_name": "a/dog.jpg", "height": 10, "width": 10},
                    {"id": 900100581904, "file_name": "b/cup.jpg", "height": 18, "width": 24}],
         "categories": [{"id": 3, "name": "cup"}, {"id": 5, "name": "plate"}, {"id": 6, "name": "spoon"}],
         "annotations": [
          {"id": 1, "image_id": 900100581904, "category_id": 3, "iscrowd": 0, "bbox": [0, 0, 1, 1],
           "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9], [12, 3, 20, 4, 15, 11.5]]},
          {"id": 2, "image_id": 7, "category_id": 3, "bbox": [1, 1, 3, 3], "segmentation": []},
          {"id": 3, "image_id": 900100581904, "category_id": 5, "segmentation": SEGMENTATION}]}
        """

    @Test func cocoPolygonsAndRuns() throws {
        let mask = BinaryMask(height: 18, width: 24) { x, y in (3..<9).contains(x) && (4..<16).contains(y) }
        let runs = RunLengthMask(mask)
        let plain = "{\"size\": [18, 24], \"counts\": \(runs.counts)}"
        let escaped = runs.compressed.replacing("\\", with: "\\\\")
        for segmentation in [plain, "{\"counts\": \"\(escaped)\", \"size\": [18, 24]}"] {
            let text = Self.coco.replacing("SEGMENTATION", with: segmentation)
            #expect(try read(text, class: "plate").annotation == .mask(mask))
            #expect(
                try read(text, class: "cup").annotation == filled([2, 2, 9, 2, 9, 9, 2, 9], [12, 3, 20, 4, 15, 11.5]))
            let unused = #expect(throws: DatasetError.self) { try read(text, class: "spoon") }
            #expect(unused?.found == "no object of class \"spoon\", which the file knows, but not in this photo")
            let other = AnnotatedPhoto(name: "dog.jpg", height: 10, width: 10)
            #expect(try read(text, photo: other).annotation == .boxes([Box(x0: 1, y0: 1, x1: 4, y1: 4)]))
            let stranger = #expect(throws: DatasetError.self) {
                try read(text, photo: AnnotatedPhoto(name: "cat.jpg", height: 10, width: 10))
            }
            #expect(stranger?.found == "annotations of 2 photos (a/dog.jpg, b/cup.jpg, ...)")
        }
    }

    @Test func cocoCaptionsAreNoInvalidFile() throws {
        let text =
            "{\"images\": [{\"id\": 1, \"file_name\": \"cup.jpg\"}], \"annotations\": [{\"image_id\": 1, \"caption\": \"a\"}]}"
        let error = #expect(throws: DatasetError.self) { try read(text) }
        #expect(error?.found.contains("a shape of type \"caption\" cannot be used") == true)
    }

    @Test func cocoResultsHaveNoImages() throws {
        let text = "[{\"image_id\": 4, \"category_id\": 1, \"bbox\": [2.5, 3, 4, 5], \"score\": 0.9}]"
        let loaded = try read(text)
        #expect(loaded.annotation == .boxes([Box(x0: 2, y0: 3, x1: 7, y1: 8)]))
        #expect(loaded.className == "category 1")
    }

    @Test(arguments: [
        ("{\"size\": [18, 24], \"counts\": [1, 2]}", "annotations[2].segmentation.counts"),
        ("{\"size\": [18, 24], \"counts\": \"0\"}", "annotations[2].segmentation.counts"),
        ("{\"size\": [18], \"counts\": [1]}", "annotations[2].segmentation.size"),
        ("{\"size\": [18, -24], \"counts\": [1]}", "annotations[2].segmentation.size[1]"),
        ("[[1, 2, 3, 4]]", "annotations[2].segmentation[0]"),
        ("[[1, 2, 3, 4, 5, NaN]]", "annotations[2].segmentation[0][5]"),
        ("[[1, 2, 3, 4, 5, 1e300]]", "annotations[2].segmentation[0][5]"),
        ("\"x\"", "annotations[2].segmentation"),
    ]) func cocoNamesThePath(_ segmentation: String, _ place: String) {
        let error = #expect(throws: DatasetError.self) { try read(Self.coco.replacing("SEGMENTATION", with: segmentation)) }
        #expect(error?.place == place)
    }

    @Test func yolo() throws {
        let box = try read("0 0.5 0.5 0.25 0.5\n")
        #expect(box.annotation == .boxes([Box(x0: 9, y0: 4, x1: 15, y1: 14)]))
        #expect(box.className == "0")
        let polygon = try read("1 0.25 0.25 0.75 0.25 0.5 0.75\r\n", beside: ["classes.txt": "plate\ncup\n"])
        #expect(polygon.annotation == filled([6, 4.5, 18, 4.5, 12, 13.5]))
        #expect(polygon.className == "cup")
        #expect(try read("1 0.5 0.5 0.25 0.5 0.93\n").annotation.kind == .box)
        let yaml = "path: x\nnc: 2\nnames:\n  0: 'plate'\n  1: coffee cup\ntrain: t\n"
        #expect(try read("1 0.5 0.5 0.25 0.5\n", beside: ["data.yaml": yaml]).className == "coffee cup")
        #expect(YOLONames.yaml("names: [a, \"b c\"]\n") == [0: "a", 1: "b c"])
        #expect(YOLONames.yaml("names:\n- a\n- b\nnc: 2") == [0: "a", 1: "b"])
        #expect(YOLONames.lines("0 background\n1 cup\n") == [0: "background", 1: "cup"])
        let unknown = #expect(throws: DatasetError.self) {
            try read("7 0.5 0.5 0.25 0.5\n", beside: ["classes.txt": "plate\ncup\n"])
        }
        #expect(unknown?.place == "line 1")
        let several = #expect(throws: DatasetError.self) { try read("0 0.5 0.5 0.2 0.2\n1 0.2 0.2 0.1 0.1\n") }
        #expect(several?.found == "objects of several classes: 0, 1")
    }

    @Test func cvat() throws {
        func file(_ shapes: String) -> String {
            """
            <?xml version="1.0" encoding="utf-8"?>
            <annotations><version>1.1</version><meta><task><labels><label><name>cup</name></label></labels></task></meta>
            <image id="0" name="other.jpg" width="5" height="5"></image>
            <image id="1" name="d/cup.jpg" width="24" height="18">\(shapes)</image></annotations>
            """
        }
        let polygon = try read(file("<polygon label=\"cup\" points=\"2.0,2.0;20.0,3.5;9.0,15.0\" z_order=\"0\"></polygon>"))
        #expect(polygon.annotation == filled([2, 2, 20, 3.5, 9, 15]))
        #expect(polygon.format == "CVAT XML")
        #expect(
            try read(file("<box label=\"cup\" xtl=\"3.5\" ytl=\"4\" xbr=\"9\" ybr=\"12.2\"/>")).annotation
                == .boxes([Box(x0: 3, y0: 4, x1: 9, y1: 13)]))
        #expect(
            try read(file("<points label=\"cup\" points=\"3,4;5,6\"/>")).annotation
                == .points([Point(x: 3, y: 4), Point(x: 5, y: 6)]))
        #expect(try read(file("<polyline label=\"cup\" points=\"3,4;5,6\"/>")).annotation.kind == .scribble)
        let mask = try read(file("<mask label=\"cup\" rle=\"1,2,2,1\" left=\"4\" top=\"5\" width=\"3\" height=\"2\"/>"))
        var expected = BinaryMask(height: 18, width: 24) { _, _ in false }
        for (x, y) in [(5, 5), (6, 5), (6, 6)] { expected.values[y * 24 + x] = true }
        #expect(mask.annotation == .mask(expected))
        let wrong = #expect(throws: DatasetError.self) { try read(file("\n<polygon label=\"cup\" points=\"2,2;3\"/>")) }
        #expect(wrong?.place == "line 5")
        let cuboid = #expect(throws: DatasetError.self) { try read(file("<cuboid label=\"cup\"/>")) }
        #expect(cuboid?.found.contains("\"cuboid\" cannot be used") == true)
    }

    @Test func voc() throws {
        func file(_ source: String = "") -> String {
            """
            <annotation>\(source)<filename>cup.jpg</filename><size><width>24</width><height>18</height><depth>3</depth></size>
            <object><name>cup</name><bndbox><xmin>5</xmin><ymin>4</ymin><xmax>19</xmax><ymax>12</ymax></bndbox></object></annotation>
            """
        }
        #expect(try read(file()).annotation == .boxes([Box(x0: 5, y0: 4, x1: 19, y1: 12)]))
        let challenge = "<source><database>The VOC2007 Database</database></source>"
        #expect(try read(file(challenge)).annotation == .boxes([Box(x0: 4, y0: 3, x1: 19, y1: 12)]))
        let error = #expect(throws: DatasetError.self) { try read(file().replacing("<xmax>19</xmax>", with: "<xmax>x</xmax>")) }
        #expect(error?.found == "\"x\"")
        #expect(error?.place == "line 2")
    }

    @Test func labelStudio() throws {
        func file(_ type: String, _ value: String) -> String {
            """
            [{"id": 1, "data": {"image": "/data/upload/1/0a1b2c3d-cup.jpg"}, "annotations": [{"id": 2, "was_cancelled": false, "result": [
              {"original_width": 24, "original_height": 18, "type": "\(type)", "value": {\(value), "\(type)": ["cup"]}},
              {"type": "choices", "value": {"choices": ["good"]}}]}]}]
            """
        }
        let rectangle = try read(file("rectanglelabels", "\"x\": 25, \"y\": 50, \"width\": 50, \"height\": 25, \"rotation\": 0"))
        #expect(rectangle.annotation == .boxes([Box(x0: 6, y0: 9, x1: 18, y1: 14)]))
        #expect(rectangle.format == "Label Studio JSON")
        #expect(rectangle.remarks.count == 1)
        for type in ["rectanglelabels", "ellipselabels"] {
            let far = "\"x\": 25, \"y\": 50, \"width\": 50, \"height\": 25, \"radiusX\": 5, \"radiusY\": 5, \"rotation\": 1.7e308"
            let turned = #expect(throws: DatasetError.self) { try read(file(type, far)) }
            #expect(turned?.expected == "an angle in degrees")
        }
        let polygon = try read(file("polygonlabels", "\"points\": [[25, 25], [75, 25], [50, 75]]"))
        #expect(polygon.annotation == filled([6, 4.5, 18, 4.5, 12, 13.5]))
        // 32 bits of length, 8-bit samples, run lengths of 3, 4, 8 and 16 bits; one run of 1728 samples of 255.
        let bits = String(1728, radix: 2).leftPadded(32) + "00111001000110111111" + "1111"
        let run = String(1727, radix: 2).leftPadded(16) + "111111110000"
        let stream = bits + run
        let bytes = stride(from: 0, to: 80, by: 8).map { (start: Int) -> UInt8 in
            UInt8(stream.dropFirst(start).prefix(8), radix: 2) ?? 0
        }
        let brush = try read(file("brushlabels", "\"format\": \"rle\", \"rle\": \(bytes)"))
        #expect(brush.annotation == .mask(BinaryMask(height: 18, width: 24) { _, _ in true }))
        let cut = #expect(throws: DatasetError.self) { try read(file("brushlabels", "\"rle\": [0, 0, 1, 300]")) }
        #expect(cut?.place == "[0].annotations[0].result[0].value.rle[3]")
    }

    @Test func tablesNameOtherFiles() throws {
        let table =
            "\u{FEFF}image;annotation;class\r\nx\\cup.jpg;\"m 1.txt\";cup\r\nx\\cup.jpg;sub.json;plate\r\ndog.jpg;none.png;dog\r\n"
        let files = ["m 1.txt": "1 2 3 4\n", "sub.json": Self.labelme(Self.shape("any", "[[2, 2], [9, 8]]", "rectangle"))]
        #expect(try read(table, class: "cup", beside: files).annotation == .boxes([Box(x0: 1, y0: 2, x1: 3, y1: 4)]))
        let plate = try read(table, class: "plate", beside: files)
        #expect(plate.annotation == .boxes([Box(x0: 2, y0: 2, x1: 9, y1: 8)]))
        #expect(plate.remarks.count == 2)
        #expect(plate.files.map(\.lastPathComponent) == ["annotation", "sub.json"])
        let several = #expect(throws: DatasetError.self) { try read(table, beside: files) }
        #expect(several?.found == "objects of several classes: cup, plate")
        let missing = #expect(throws: DatasetError.self) { try read(table, class: "plate", beside: ["m 1.txt": ""]) }
        #expect(missing?.file.hasSuffix("sub.json") == true)
        let itself = #expect(throws: DatasetError.self) { try read("image,annotation\ncup.jpg,annotation\n") }
        #expect(itself?.found == "another table")
        let inline = try read("image,annotation\ncup.jpg,\"1, 2, 3, 4\"\ncup.jpg,5 6 7.5 8\n")
        #expect(inline.annotation == .boxes([Box(x0: 1, y0: 2, x1: 3, y1: 4), Box(x0: 5, y0: 6, x1: 8, y1: 8)]))
        let short = #expect(throws: DatasetError.self) { try read("image,annotation\ncup.jpg\n") }
        #expect(short?.place == "line 2")
    }

    @Test(arguments: [
        ("{\"_via_settings\": {}, \"_via_img_metadata\": {}}", "a project of the VGG Image Annotator"),
        ("{\"a.jpg123\": {\"filename\": \"a.jpg\", \"regions\": []}}", "a project of the VGG Image Annotator"),
        ("{\"size\": {}, \"objects\": []}", "an annotation of Supervisely"),
        ("{\"type\": \"FeatureCollection\", \"features\": []}", "GeoJSON"),
        ("[{\"image\": \"a.jpg\", \"annotations\": []}]", "an annotation of Create ML"),
        ("[{\"image\": \"/data/a.jpg\", \"id\": 1}]", "Label Studio's export JSON-MIN"),
        ("<svg/>", "an SVG drawing"), ("<root/>", "XML with the element <root>"), ("{\"a\": 1}", "JSON with \"a\""),
        ("[1, 2]", "JSON that is a list of something else"), ("[]", "JSON that is a list of something else"),
    ]) func formatsThatAreNotReadAreNamed(_ text: String, _ found: String) {
        let error = #expect(throws: DatasetError.self) { try read(text) }
        #expect(error?.found == found)
        #expect(error?.advice.isEmpty == false)
    }

    @Test func oneRegistryTakesFormatsFromOutside() throws {
        struct Own: AnnotationSource {
            let name = "own text"
            func recognises(_ content: AnnotationContent) -> Bool { content.isLines && content.bytes.starts(with: "OWN".utf8) }
            func read(_ content: AnnotationContent) throws(DatasetError) -> AnnotationSet {
                AnnotationSet(images: [
                    AnnotatedImage(objects: [AnnotatedObject(className: "x", shape: .box([1, 2, 3, 4]), place: "line 1")])
                ])
            }
        }
        AnnotationSources.register("own-of-the-test", Own())
        #expect(AnnotationSources.names.contains("own-of-the-test"))
        #expect(try read("OWN format").format == "own text")
    }
}

extension String {
    /// With zeros in front.
    fileprivate func leftPadded(_ count: Int) -> String { String(repeating: "0", count: max(0, count - self.count)) + self }
}
