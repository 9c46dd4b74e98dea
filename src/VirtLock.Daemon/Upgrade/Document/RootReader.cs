using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Reads the object that a document is. Its parts may stand in any order, and lock spaces need the others to be read: where these come behind, as in
/// libvirt's document, the lock spaces are passed over and come last. Our own order spares them being looked at twice.
/// </summary>
internal ref struct RootReader(int pid)
{
    private const int Magic = 0;
    private const int Own = 1;
    private const int Daemon = 2;
    private const int Server = 3;
    private const int Default = 4;
    private const int Directories = 5;

    /// <summary>Of a stale document only the magic matters, so it alone is asked for at first.</summary>
    private static readonly DocumentKeys Keys = new(
        1, DocumentKey.Magic, DocumentKey.VirtLock, DocumentKey.Daemon, DocumentKey.Server, DocumentKey.DefaultLockSpace, DocumentKey.LockSpaces);

    private DocumentObject _root;
    private DocumentCursor _start;
    private DocumentCursor _own;
    private DocumentCursor _daemon;
    private DocumentCursor _server;
    private DocumentCursor _defaultSpace;
    private DocumentCursor _directories;

    private bool _isStale = true;
    private OwnPart _ownPart = OwnPart.None;
    private List<ServerSnapshot>? _servers;
    private LockSpaceReader? _table;
    private LockSpaceSnapshot? _readDefaultSpace;
    private List<LockSpaceSnapshot>? _readDirectories;

    /// <summary>Null for a document of another process.</summary>
    internal Snapshot? Read(ref DocumentCursor json)
    {
        json.Begin();
        _start = json;
        _root = json.EnterObject(Keys);
        while (json.NextKey(ref _root))
        {
            ReadPart(ref json);
        }

        json.End();
        if (_isStale)
        {
            return null;
        }

        for (int key = Default; key <= Directories; key++)
        {
            if (!_root.Has(key))
            {
                throw _start.Missing(Keys[key]);
            }
        }

        LockSpaceReader spaces = Spaces();
        return new Snapshot
        {
            Pid = pid,
            Servers = _servers!,
            Default = _readDefaultSpace ?? spaces.ReadDefault(ref _defaultSpace),
            Directories = _readDirectories ?? spaces.ReadDirectories(ref _directories),
            Fencings = _ownPart.Fencings,
            PidFileDescriptor = _ownPart.PidFileDescriptor,
            IdleFor = _ownPart.IdleFor,
            IsFromLibvirt = !_root.Has(Own),
        };
    }

    private void ReadPart(ref DocumentCursor json)
    {
        bool isReady = _root.Has(Magic) && !_isStale && _root.Has(Own) && _root.Has(Daemon);
        switch (_root.Key)
        {
            case Magic:
                _isStale = Encoding.UTF8.GetString(json.Text()) != pid.ToString(CultureInfo.InvariantCulture);
                break;
            case Own:
                _own = json;
                json.Skip();
                break;
            case Daemon:
                _daemon = json;
                json.Skip();
                break;
            case Server:
                _server = json;
                json.Skip();
                break;
            case Default when isReady:
                _readDefaultSpace = Spaces().ReadDefault(ref json);
                break;
            case Default:
                _defaultSpace = json;
                json.Skip();
                break;
            case Directories when isReady:
                _readDirectories = Spaces().ReadDirectories(ref json);
                break;
            default:
                _directories = json;
                json.Skip();
                break;
        }
    }

    /// <summary>Reads what lock spaces refer to.</summary>
    private LockSpaceReader Spaces()
    {
        if (_table is not null)
        {
            return _table;
        }

        // The older layout without a daemon counts only where there is none.
        _servers = _root.Has(Daemon) ? ServerReader.ReadDaemon(ref _daemon)
            : _root.Has(Server) ? [ServerReader.Read(ref _server, ServerSnapshot.LockServer)]
            : throw _start.Missing(DocumentKey.Daemon);
        if (_root.Has(Own))
        {
            _ownPart = OwnPart.Read(ref _own);
            _table = new LockSpaceReader(new OwnerTable(_ownPart.Owners));
        }
        else
        {
            _table = new LockSpaceReader(OwnerTable.OfClients(_servers));
        }

        return _table;
    }
}
