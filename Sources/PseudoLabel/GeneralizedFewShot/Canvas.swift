internal import Datasets
internal import SegModels
internal import TensorCore

/// The square on which a network sees photos, and the way of its maps back to them.
struct Canvas {
    /// How photos lie on it; its side is one that the backbone takes.
    let layout: PhotoCanvas

    init(_ layout: PhotoCanvas, inputRule: InputRule) {
        var layout = layout
        layout.side = inputRule.side(near: layout.side)
        self.layout = layout
    }

    /// A photo on the canvas.
    func image(_ photo: RGBImage) -> RGBImage { layout.image(photo) }

    /// Scores in the pixels of the canvas.
    func enlarged(_ scores: Tensor) -> Tensor { scores.resized(to: Size2D(layout.side), alignCorners: true) }

    /// Scores of the canvas in the size of the photo: to the canvas, cut, to the photo.
    func restored(_ scores: Tensor, height: Int, width: Int) -> Tensor {
        let size = layout.size(height: height, width: width)
        return enlarged(scores).sliced(axis: 1, from: 0, count: size.height).sliced(axis: 2, from: 0, count: size.width)
            .resized(to: Size2D(height: height, width: width), alignCorners: true)
    }

    /// The cells of a map of the canvas that belong to the photo.
    func cropped(_ map: Tensor, height: Int, width: Int) -> Tensor {
        let (size, side) = (layout.size(height: height, width: width), layout.side)
        func cells(_ extent: Int, of count: Int) -> Int { min(max((extent * count + side - 1) / side, 1), count) }
        return map.sliced(axis: 1, from: 0, count: cells(size.height, of: map.shape[1]))
            .sliced(axis: 2, from: 0, count: cells(size.width, of: map.shape[2]))
    }
}
