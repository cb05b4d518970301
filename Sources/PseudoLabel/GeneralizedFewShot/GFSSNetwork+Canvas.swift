public import Datasets

extension GFSSNetwork.Configuration {
    /// How photos lie on the square that the network sees; where its backbone does not take ``side``, on the nearest that it takes.
    public var canvas: PhotoCanvas {
        get { PhotoCanvas(side: side, multiple: multiple, padding: padding) }
        set { (side, multiple, padding) = (newValue.side, newValue.multiple, newValue.padding) }
    }
}
