internal import ArgumentParser
internal import Datasets
internal import Foundation

/// A support photo and the annotations that were given for it.
struct SupportArgument: Codable, Equatable {
    /// The photo.
    var image: String
    /// Files, or boxes written out.
    var annotations: [String]

    /// Options that annotate a support.
    private static let kinds = ["--mask", "--box", "--scribble"]

    /// Pairs photos with annotations by their order on the command line.
    ///
    /// An annotation belongs to the support before it; when all supports come first, the first annotation belongs to the
    /// first support, and so on.
    static func paired(_ arguments: [String]) throws -> [SupportArgument] {
        var supports: [SupportArgument] = []
        var annotations: [String] = []
        var isInterleaved = true
        for (name, value) in tokens(arguments) {
            if name == "--support" {
                supports.append(SupportArgument(image: value, annotations: []))
            } else if kinds.contains(name) {
                annotations.append(value)
                if supports.isEmpty { isInterleaved = false } else { supports[supports.count - 1].annotations.append(value) }
            }
        }
        if isInterleaved && supports.allSatisfy({ !$0.annotations.isEmpty }) { return supports }
        guard annotations.count == supports.count else {
            throw ValidationError(
                "found \(supports.count) supports and \(annotations.count) annotations; give every --support a --mask, --box or --scribble."
            )
        }
        return zip(supports, annotations).map { SupportArgument(image: $0.image, annotations: [$1]) }
    }

    /// The values with the options that they belong to.
    private static func tokens(_ arguments: [String]) -> [(String, String)] {
        var result: [(String, String)] = []
        var option = ""
        for argument in arguments {
            guard argument.hasPrefix("--") else {
                result.append((option, argument))
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            option = parts[0]
            if parts.count == 2 { result.append((option, parts[1])) }
        }
        return result
    }

    /// Loads photo and annotations.
    func load() throws -> Support {
        let photo = try ImageFile.load(URL(fileURLWithPath: image))
        let loaded = try annotations.map { try Self.annotation($0, height: photo.height, width: photo.width) }
        let annotation = try Self.joined(loaded, image: image)
        return Support(image: photo, annotation: annotation, id: URL(fileURLWithPath: image).path)
    }

    private static func annotation(_ text: String, height: Int, width: Int) throws -> Annotation {
        let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard numbers.count == 4, !numbers.contains(nil) else {
            return try AnnotationFile.load(URL(fileURLWithPath: text), height: height, width: width)
        }
        let values = numbers.compactMap { $0 }
        let annotation = Annotation.boxes([Box(x0: values[0], y0: values[1], x1: values[2], y1: values[3])])
        _ = try annotation.rasterised(height: height, width: width)
        return annotation
    }

    /// Several boxes or strokes of one photo are one annotation.
    private static func joined(_ annotations: [Annotation], image: String) throws -> Annotation {
        guard let first = annotations.first else {
            throw CommandError("\(image): found no annotation; add a --mask, --box or --scribble")
        }
        if annotations.count == 1 { return first }
        var (boxes, scribbles): ([Box], [Scribble]) = ([], [])
        for annotation in annotations {
            switch annotation {
            case .boxes(let more): boxes += more
            case .scribbles(let more): scribbles += more
            default:
                throw CommandError(
                    "\(image): found \(annotations.count) annotations, expected one mask, or boxes or strokes alone")
            }
        }
        guard boxes.isEmpty || scribbles.isEmpty else {
            throw CommandError("\(image): found boxes and strokes together; keep one kind for a photo")
        }
        return boxes.isEmpty ? .scribbles(scribbles) : .boxes(boxes)
    }
}
