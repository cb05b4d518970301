internal import Foundation

/// Picks one photo and one class from what a file says, and makes an ``Annotation`` of it.
struct AnnotationPick {
    let file: String
    let photo: AnnotatedPhoto
    let rule: MaskRule
    /// Whether another file led here; it may not lead further.
    let isNested: Bool
    /// The class to take where several are marked and none was asked for: what the table says that led here.
    var presumedClass: String?
    var remarks: [String]
    /// Files that this one named and that were read.
    private var named: [URL] = []

    init(
        file: String, photo: AnnotatedPhoto, rule: MaskRule, isNested: Bool = false, presumedClass: String? = nil,
        remarks: [String]
    ) {
        self.file = file
        self.photo = photo
        self.rule = rule
        self.isNested = isNested
        self.presumedClass = presumedClass
        self.remarks = remarks
    }

    private func problem(
        _ place: String = "", found: String, expected: String, advice: String
    ) -> DatasetError {
        DatasetError(file: file, place: place, found: found, expected: expected, advice: advice)
    }

    /// The annotation of one class.
    mutating func loaded(from set: AnnotationSet, class className: String?, format: String) throws -> LoadedAnnotation {
        let image = try image(in: set)
        let (name, objects) = try objects(of: className, in: image, set)
        let count = objects.count == 1 ? "one object" : "\(objects.count) objects"
        remarks.insert("\(file): \(format), \(count)" + (name.map { " of class \"\($0)\"." } ?? "."), at: 0)
        if let height = image.height, let width = image.width {
            let place = image.photo ?? ""
            if let remark = try photo.check(height: height, width: width, file: file, place: place) { remarks.append(remark) }
        } else if photo.orientation != 1, image.unit == .shares {
            remarks.append(
                "\(file): the photo has EXIF orientation \(photo.orientation), and shares cannot tell whether it was annotated on the "
                    + "stored or on the turned pixels; the turned ones are assumed.")
        }
        let annotation = try annotation(of: objects, unit: image.unit)
        try AnnotationFile.check(annotation, photo, file: file)
        return LoadedAnnotation(
            annotation: annotation, format: format, className: name, remarks: remarks, files: [URL(fileURLWithPath: file)] + named
        )
    }

    /// The photo among those of the file.
    mutating func image(in set: AnnotationSet) throws(DatasetError) -> AnnotatedImage {
        let file = (photo.name as NSString).lastPathComponent
        if let place = PhotoNames.index(of: photo.name, among: set.images.map(\.photo)) { return set.images[place] }
        guard let only = set.images.first else {
            throw problem(found: "no photo", expected: "annotations of \(file.isEmpty ? "a photo" : file)", advice: "annotate it")
        }
        guard set.images.count == 1 else {
            let names = set.images.compactMap(\.photo).prefix(5).joined(separator: ", ")
            let count = "annotations of \(set.images.count) photos" + (names.isEmpty ? "" : " (\(names), ...)")
            throw problem(
                found: count, expected: "one that is called \(file.isEmpty ? "as the support" : file)",
                advice: "give the photo the name that it has in the file")
        }
        if let name = only.photo, !photo.name.isEmpty {
            remarks.append("\(self.file): its one photo is called \(name) and is taken for \(file).")
        }
        return only
    }

    /// The objects of a class, or of the only class there is.
    private func objects(
        of className: String?, in image: AnnotatedImage, _ set: AnnotationSet
    ) throws(DatasetError) -> (name: String?, objects: [AnnotatedObject]) {
        let names = image.classNames
        let list = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
        guard !image.objects.isEmpty else {
            let supported = set.remarks.isEmpty ? "" : " that can be read (\(set.remarks.joined(separator: " ")))"
            throw problem(
                image.photo ?? "", found: "no object\(supported)", expected: "at least one object in the photo",
                advice: "annotate the photo")
        }
        guard let wanted = className ?? (names.count > 1 ? presumedClass : nil) else {
            guard names.count > 1 || (names.count == 1 && image.objects.contains { $0.className == nil }) else {
                return (names.first, image.objects)
            }
            throw problem(
                found: "objects of several classes: \(list)", expected: "one class",
                advice: "choose one with --class, for example --class \"\(names[0])\"")
        }
        let found =
            names.first { $0 == wanted } ?? names.first { $0.lowercased() == wanted.lowercased() }
        guard let found else {
            let known = set.classNames.contains(wanted) ? ", which the file knows, but not in this photo" : ""
            throw problem(
                image.photo ?? "", found: "no object of class \"\(wanted)\"\(known)",
                expected: names.isEmpty ? "no --class: the file names no classes" : "one of \(list)", advice: "correct --class")
        }
        return (found, image.objects.filter { $0.className == found })
    }

    /// One kind of weak annotation stays what it is; everything else becomes a mask.
    private mutating func annotation(of objects: [AnnotatedObject], unit: AnnotatedImage.Unit) throws -> Annotation {
        let scaled = unit == .shares ? objects.map { $0.scaled(x: Double(photo.width), y: Double(photo.height)) } : objects
        if let file = scaled.first, scaled.count == 1, case .file(let url) = file.shape { return try nested(url, file) }
        var (boxes, scribbles, points): ([Box], [Scribble], [Point]) = ([], [], [])
        var reader = BoxReader(height: photo.height, width: photo.width, file: file)
        for object in scaled {
            switch object.shape {
            case .box(let values): boxes.append(try reader.box(values, place: object.place))
            case .stroke(let line, let thickness):
                let pen = thickness ?? Annotation.penThickness(height: photo.height, width: photo.width)
                scribbles.append(Scribble(points: line.map(inside), thickness: pen))
            case .points(let places): points += places.map(inside)
            default: break
            }
        }
        remarks += reader.remarks
        if boxes.count == scaled.count { return .boxes(boxes) }
        if scribbles.count == scaled.count { return .scribbles(scribbles) }
        if scaled.allSatisfy({ if case .points = $0.shape { true } else { false } }) { return .points(points) }
        var canvas = MaskCanvas(height: photo.height, width: photo.width)
        canvas.fill(boxes)
        for scribble in scribbles { canvas.stroke(scribble.points, thickness: scribble.thickness) }
        let pen = Annotation.penThickness(height: photo.height, width: photo.width)
        for point in points { canvas.stroke([point], thickness: pen) }
        for object in scaled { try draw(object, on: &canvas) }
        return .mask(canvas.mask)
    }

    /// A point that a tool put a pixel or two beside the photo lies on its border.
    private func inside(_ point: Point) -> Point {
        let tolerance = 2.0
        func bounded(_ value: Double, _ limit: Int) -> Double {
            let bounded = min(max(value, 0), Double(limit))
            return abs(bounded - value) <= tolerance ? bounded : value
        }
        return Point(x: bounded(point.x, photo.width), y: bounded(point.y, photo.height))
    }

    private mutating func draw(_ object: AnnotatedObject, on canvas: inout MaskCanvas) throws {
        switch object.shape {
        case .box, .stroke, .points: break
        case .polygons(let polygons): for corners in polygons { canvas.fill(corners) }
        case .ellipse(let center, let radiusX, let radiusY): canvas.fillEllipse(center: center, radii: (radiusX, radiusY))
        case .runs(let runs, let x, let y):
            try requireInside(object.place, x, y, height: runs.height, width: runs.width)
            canvas.fill(runs, x: x, y: y)
        case .picture(let png, let x, let y):
            let (height, width) = EmbeddedPNG.size(png) ?? (0, 0)
            try requireInside(object.place, x, y, height: height, width: width)
            let mask = try EmbeddedPNG.mask(png, file: file)
            canvas.fill(RunLengthMask(mask), x: x, y: y)
        case .file(let url):
            let annotation = try nested(url, object)
            let mask = try annotation.rasterised(height: photo.height, width: photo.width)
            canvas.fill(RunLengthMask(mask), x: 0, y: 0)
        }
    }

    /// Masks of a part of the photo have to lie in it, and are not decoded otherwise.
    private func requireInside(_ place: String, _ x: Int, _ y: Int, height: Int, width: Int) throws(DatasetError) {
        let fits = x >= 0 && y >= 0 && height > 0 && width > 0 && x <= photo.width - width && y <= photo.height - height
        guard fits else {
            throw problem(
                place, found: "a mask of \(width)x\(height) at (\(x), \(y))",
                expected: "a part of the photo of "
                    + "\(photo.width)x\(photo.height)", advice: "use the photo that was annotated, in its full size")
        }
    }

    private mutating func nested(_ url: URL, _ object: AnnotatedObject) throws -> Annotation {
        guard !isNested else {
            throw problem(object.place, found: "another table", expected: "a mask or an annotation", advice: "correct the line")
        }
        let loaded = try AnnotationFile.read(
            url, for: photo, class: nil, rule: rule, isNested: true, presumedClass: object.className)
        remarks += loaded.remarks
        named += loaded.files
        return loaded.annotation
    }
}

extension AnnotatedObject {
    /// With coordinates that were shares in pixels.
    func scaled(x: Double, y: Double) -> AnnotatedObject {
        func scaled(_ points: [Point]) -> [Point] { points.map { Point(x: $0.x * x, y: $0.y * y) } }
        var object = self
        switch shape {
        case .box(let values): object.shape = .box(zip(values, [x, y, x, y]).map { $0 * $1 })
        case .polygons(let polygons): object.shape = .polygons(polygons.map(scaled))
        case .ellipse(let center, let radiusX, let radiusY):
            object.shape = .ellipse(center: scaled([center])[0], radiusX: radiusX * x, radiusY: radiusY * y)
        case .stroke(let points, let thickness): object.shape = .stroke(scaled(points), thickness: thickness)
        case .points(let points): object.shape = .points(scaled(points))
        case .runs, .picture, .file: break
        }
        return object
    }
}

/// PNG files inside of annotation files.
enum EmbeddedPNG {
    /// The size that the header states; nil for bytes that are no PNG.
    static func size(_ bytes: [UInt8]) -> (height: Int, width: Int)? {
        guard ImageFormat(bytes) == .png, bytes.count >= 24 else { return nil }
        func word(_ place: Int) -> Int { bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
        return (word(20), word(16))
    }

    /// What is not black.
    static func mask(_ bytes: [UInt8], file: String) throws(ImageError) -> BinaryMask {
        try MaskReading.decoded(bytes, file: file, rule: .nonzero).mask
    }
}
