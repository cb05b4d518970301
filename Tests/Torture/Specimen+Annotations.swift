internal import Datasets
internal import Foundation

extension Specimen {
    /// Files of annotations of a photo of 24x18.
    static let annotations: [(name: String, make: Maker)] = texts.map { name, file, text in
        (
            name,
            { place in
                try place.write("boxes.txt", "1 2 3 4\n".utf8)
                try place.write("classes-of.txt", "a\n".utf8)
                let photo = AnnotatedPhoto(name: "x.jpg", height: 18, width: 24)
                return Specimen(
                    file: file, originals: [Array(text.utf8)],
                    readers: [
                        { url in
                            let loaded = try AnnotationFile.read(url, for: photo)
                            try check(loaded)
                        },
                        { url in
                            for loaded in try AnnotationFile.readAll(url, for: photo) { try check(loaded) }
                        },
                    ])
            }
        )
    }

    /// What is accepted marks something.
    private static func check(_ loaded: LoadedAnnotation) throws {
        let mask = try loaded.annotation.rasterised(height: 18, width: 24)
        guard mask.area > 0 else { throw TortureError("an annotation that marks nothing was accepted") }
    }

    private static let texts: [(name: String, file: String, text: String)] = [
        (
            "labelme", "x.json",
            """
            {"version": "5", "shapes": [{"label": "a", "points": [[2, 2], [20, 3.5], [9, 15]], "shape_type": "polygon"},
            {"label": "a", "points": [[3, 4], [5, 6]], "shape_type": "linestrip"}, {"label": "a", "shape_type": "mask",
            "points": [[4, 5], [6, 6]],
            "mask": "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNk+M/A8J/hPwAKBgL/m2T4JgAAAABJRU5ErkJggg=="}],
            "imageHeight": 18, "imageWidth": 24, "imagePath": "x.jpg"}
            """
        ),
        (
            "coco", "x.json",
            """
            {"images": [{"id": 1, "file_name": "x.jpg", "height": 18, "width": 24}], "categories": [{"id": 3, "name": "a"}],
            "annotations": [{"image_id": 1, "category_id": 3, "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9]]},
            {"image_id": 1, "category_id": 3, "segmentation": {"size": [18, 24], "counts": [100, 30, 302]}},
            {"image_id": 1, "category_id": 3, "segmentation": {"size": [18, 24], "counts": "[26<0000000000000e6"}},
            {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}]}
            """
        ),
        ("yolo", "x.txt", "0 0.5 0.5 0.25 0.5\n0 0.25 0.25 0.75 0.25 0.5 0.75\n"),
        (
            "cvat", "x.xml",
            """
            <?xml version="1.0"?><annotations><image id="1" name="x.jpg" width="24" height="18">
            <polygon label="a" points="2.0,2.0;20.0,3.5;9.0,15.0"/>
            <box label="a" xtl="3.5" ytl="4" xbr="9" ybr="12.2" rotation="20"/>
            <mask label="a" rle="1,2,2,1" left="4" top="5" width="3" height="2"/><points label="a" points="3,4;5,6"/>
            </image></annotations>
            """
        ),
        (
            "voc", "x.xml",
            """
            <annotation><filename>x.jpg</filename><size><width>24</width><height>18</height></size><object><name>a</name>
            <bndbox><xmin>5</xmin><ymin>4</ymin><xmax>19</xmax><ymax>12</ymax></bndbox></object></annotation>
            """
        ),
        (
            "label-studio", "x.json",
            """
            [{"data": {"image": "x.jpg"}, "annotations": [{"result": [{"original_width": 24, "original_height": 18,
            "type": "rectanglelabels",
            "value": {"x": 25, "y": 50, "width": 50, "height": 25, "rotation": 10, "rectanglelabels": ["a"]}},
            {"original_width": 24, "original_height": 18, "type": "brushlabels", "value": {"brushlabels": ["a"],
            "rle": [0, 0, 6, 192, 57, 27, 255, 6, 191, 255]}}]}]}]
            """
        ),
        ("shapes", "x.json", "{\"scribbles\": [{\"points\": [[1, 1], [20, 15.5]], \"thickness\": 2}, {\"points\": [[3, 3]]}]}"),
        ("boxes", "x.txt", "1 2 3 4\n5.5, 6.5, 20, 17 # all\n"),
        ("table", "x.csv", "image,annotation,class\nx.jpg,\"1,2,3,4\",a\nx.jpg,boxes.txt,a\n"),
    ]
}
