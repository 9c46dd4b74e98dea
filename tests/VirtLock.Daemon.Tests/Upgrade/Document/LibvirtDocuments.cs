
namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Documents as libvirt 9.0.0's daemon wrote them at SIGUSR1.</summary>
internal static class LibvirtDocuments
{
    /// <summary>
    /// Of a guest's client and one that registered a pid not its own; exclusive and shared resources, in the default space and, autocreated, in a
    /// directory.
    /// </summary>
    internal const string TwoClients = """
        {
          "daemon": {
            "servers": {
              "admin": {
                "min_workers": 0,
                "max_workers": 0,
                "priority_workers": 0,
                "max_clients": 5000,
                "max_anonymous_clients": 5000,
                "keepaliveInterval": 4294967295,
                "keepaliveCount": 0,
                "next_client_id": 1,
                "services": [
                  {
                    "auth": 0,
                    "readonly": false,
                    "nrequests_client_max": 1,
                    "socks": [
                      {
                        "fd": 5,
                        "errfd": -1,
                        "pid": 0,
                        "isClient": false,
                        "unlinkUNIX": true
                      }
                    ]
                  }
                ],
                "clients": [

                ]
              },
              "virtlockd": {
                "min_workers": 0,
                "max_workers": 0,
                "priority_workers": 0,
                "max_clients": 1024,
                "max_anonymous_clients": 1024,
                "keepaliveInterval": 4294967295,
                "keepaliveCount": 0,
                "next_client_id": 3,
                "services": [
                  {
                    "auth": 0,
                    "readonly": false,
                    "nrequests_client_max": 1,
                    "socks": [
                      {
                        "fd": 4,
                        "errfd": -1,
                        "pid": 0,
                        "isClient": false,
                        "unlinkUNIX": true
                      }
                    ]
                  }
                ],
                "clients": [
                  {
                    "id": 1,
                    "auth": 0,
                    "auth_pending": false,
                    "readonly": false,
                    "nrequests_max": 1,
                    "conn_time": 1795330340,
                    "sock": {
                      "fd": 9,
                      "errfd": -1,
                      "pid": 0,
                      "isClient": true,
                      "unlinkUNIX": false
                    },
                    "privateData": {
                      "restricted": true,
                      "ownerPid": 2066,
                      "ownerId": 1,
                      "ownerName": "demoA",
                      "ownerUUID": "00010203-0405-4607-8809-0a0b0c0d0e0f"
                    }
                  },
                  {
                    "id": 2,
                    "auth": 0,
                    "auth_pending": false,
                    "readonly": false,
                    "nrequests_max": 1,
                    "conn_time": 1795330340,
                    "sock": {
                      "fd": 15,
                      "errfd": -1,
                      "pid": 0,
                      "isClient": true,
                      "unlinkUNIX": false
                    },
                    "privateData": {
                      "restricted": false,
                      "ownerPid": 4242,
                      "ownerId": 2,
                      "ownerName": "demoB",
                      "ownerUUID": "10111213-1415-4617-9819-1a1b1c1d1e1f"
                    }
                  }
                ]
              }
            }
          },
          "defaultLockspace": {
            "resources": [
              {
                "name": "/var/lib/demo/disk2.img",
                "path": "/var/lib/demo/disk2.img",
                "fd": 12,
                "lockHeld": true,
                "flags": 1,
                "owners": [
                  2066,
                  4242
                ]
              },
              {
                "name": "/var/lib/demo/disk1.img",
                "path": "/var/lib/demo/disk1.img",
                "fd": 11,
                "lockHeld": true,
                "flags": 0,
                "owners": [
                  2066
                ]
              }
            ]
          },
          "lockspaces": [
            {
              "directory": "/var/lib/demo/locks",
              "resources": [
                {
                  "name": "file-a",
                  "path": "/var/lib/demo/locks/file-a",
                  "fd": 13,
                  "lockHeld": true,
                  "flags": 2,
                  "owners": [
                    2066
                  ]
                },
                {
                  "name": "file-shared",
                  "path": "/var/lib/demo/locks/file-shared",
                  "fd": 14,
                  "lockHeld": true,
                  "flags": 3,
                  "owners": [
                    2066,
                    4242
                  ]
                }
              ]
            }
          ],
          "magic": "2023"
        }
        """;

    /// <summary>Of an owner with the highest pid, of texts that JSON escapes, and of leases whose client is gone.</summary>
    internal const string OddNames = """
        {
          "daemon": {
            "servers": {
              "admin": {
                "min_workers": 0,
                "max_workers": 0,
                "priority_workers": 0,
                "max_clients": 5000,
                "max_anonymous_clients": 5000,
                "keepaliveInterval": 4294967295,
                "keepaliveCount": 0,
                "next_client_id": 1,
                "services": [
                  {
                    "auth": 0,
                    "readonly": false,
                    "nrequests_client_max": 1,
                    "socks": [
                      {
                        "fd": 5,
                        "errfd": -1,
                        "pid": 0,
                        "isClient": false,
                        "unlinkUNIX": true
                      }
                    ]
                  }
                ],
                "clients": [

                ]
              },
              "virtlockd": {
                "min_workers": 0,
                "max_workers": 0,
                "priority_workers": 0,
                "max_clients": 1024,
                "max_anonymous_clients": 1024,
                "keepaliveInterval": 4294967295,
                "keepaliveCount": 0,
                "next_client_id": 4,
                "services": [
                  {
                    "auth": 0,
                    "readonly": false,
                    "nrequests_client_max": 1,
                    "socks": [
                      {
                        "fd": 4,
                        "errfd": -1,
                        "pid": 0,
                        "isClient": false,
                        "unlinkUNIX": true
                      }
                    ]
                  }
                ],
                "clients": [
                  {
                    "id": 1,
                    "auth": 0,
                    "auth_pending": false,
                    "readonly": false,
                    "nrequests_max": 1,
                    "conn_time": 1795479654,
                    "sock": {
                      "fd": 9,
                      "errfd": -1,
                      "pid": 0,
                      "isClient": true,
                      "unlinkUNIX": false
                    },
                    "privateData": {
                      "restricted": false,
                      "ownerPid": 4294967295,
                      "ownerId": 3,
                      "ownerName": "web ü\"\\/",
                      "ownerUUID": "00010203-0405-0607-0809-0a0b0c0d0e0f"
                    }
                  },
                  {
                    "id": 2,
                    "auth": 0,
                    "auth_pending": false,
                    "readonly": false,
                    "nrequests_max": 1,
                    "conn_time": 1795479654,
                    "sock": {
                      "fd": 15,
                      "errfd": -1,
                      "pid": 0,
                      "isClient": true,
                      "unlinkUNIX": false
                    },
                    "privateData": {
                      "restricted": true,
                      "ownerPid": 4321,
                      "ownerId": 4,
                      "ownerName": "db",
                      "ownerUUID": "20212223-2425-2627-2829-2a2b2c2d2e2f"
                    }
                  }
                ]
              }
            }
          },
          "defaultLockspace": {
            "resources": [
              {
                "name": "/run/img/世🔒.img",
                "path": "/run/img/世🔒.img",
                "fd": 13,
                "lockHeld": true,
                "flags": 0,
                "owners": [
                  18446744073709551615
                ]
              },
              {
                "name": "/run/img/tab\there\\n.img",
                "path": "/run/img/tab\there\\n.img",
                "fd": 11,
                "lockHeld": true,
                "flags": 1,
                "owners": [
                  18446744073709551615
                ]
              },
              {
                "name": "/run/img/büro \"1\".img",
                "path": "/run/img/büro \"1\".img",
                "fd": 10,
                "lockHeld": true,
                "flags": 1,
                "owners": [
                  18446744073709551615,
                  4321,
                  77
                ]
              },
              {
                "name": "/run/img/plain.img",
                "path": "/run/img/plain.img",
                "fd": 12,
                "lockHeld": true,
                "flags": 0,
                "owners": [
                  18446744073709551615
                ]
              }
            ]
          },
          "lockspaces": [
            {
              "directory": "/run/locks",
              "resources": [
                {
                  "name": "c",
                  "path": "/run/locks/c",
                  "fd": 17,
                  "lockHeld": true,
                  "flags": 2,
                  "owners": [
                    77
                  ]
                },
                {
                  "name": "deadbeef",
                  "path": "/run/locks/deadbeef",
                  "fd": 14,
                  "lockHeld": true,
                  "flags": 3,
                  "owners": [
                    18446744073709551615,
                    4321,
                    4321
                  ]
                }
              ]
            }
          ],
          "magic": "23352"
        }
        """;
}
