internal import TensorCore

/// A part of a photo that is searched by itself.
struct SAMCrop: Hashable {
    let layer: Int
    let x: Int
    let y: Int
    let width: Int
    let height: Int

    /// The edges; the right and the lower are beyond the last pixels.
    var box: SAMPrompt.Box {
        SAMPrompt.Box(left: Float(x), top: Float(y), right: Float(x + width), bottom: Float(y + height))
    }

    /// The photo, then layer by layer the crops, column by column.
    static func all(of photo: Size2D, layers: Int, shared part: Double) -> [SAMCrop] {
        var crops = [SAMCrop(layer: 0, x: 0, y: 0, width: photo.width, height: photo.height)]
        for layer in 0..<layers {
            let count = 2 << layer
            let shared = Int(part * Double(min(photo.height, photo.width)) * (2 / Double(count)))
            func length(_ side: Int) -> Int { (shared * (count - 1) + side + count - 1) / count }
            let (width, height) = (length(photo.width), length(photo.height))
            for column in 0..<count {
                for row in 0..<count {
                    let (x, y) = (column * (width - shared), row * (height - shared))
                    let (right, bottom) = (min(x + width, photo.width), min(y + height, photo.height))
                    // Photos of a few pixels have fewer crops.
                    guard x < right, y < bottom else { continue }
                    crops.append(SAMCrop(layer: layer + 1, x: x, y: y, width: right - x, height: bottom - y))
                }
            }
        }
        return crops
    }

    /// Whether a box of the photo ends within 20 pixels of an edge of the crop that is not within 20 pixels of the photo's.
    func cuts(_ found: SAMPrompt.Box, photo: Size2D) -> Bool {
        let edges = [
            (found.left, box.left, 0), (found.top, box.top, 0), (found.right, box.right, Float(photo.width)),
            (found.bottom, box.bottom, Float(photo.height)),
        ]
        return edges.contains { found, crop, photo in abs(found - crop) <= 20 && abs(found - photo) > 20 }
    }
}

extension SAMPrompt.Box {
    func moved(x: Float, y: Float) -> SAMPrompt.Box {
        SAMPrompt.Box(left: left + x, top: top + y, right: right + x, bottom: bottom + y)
    }
}
