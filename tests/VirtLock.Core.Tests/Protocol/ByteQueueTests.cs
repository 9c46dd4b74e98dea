using System.Buffers;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class ByteQueueTests
{
    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void Bytes_come_out_as_they_went_in(byte[][] writes, ushort[] consumptions)
    {
        var queue = new ByteQueue();
        var model = new List<byte>();
        for (int step = 0; step < Math.Max(writes.Length, consumptions.Length); step++)
        {
            if (step < writes.Length)
            {
                queue.Write(writes[step]);
                model.AddRange(writes[step]);
            }

            if (step < consumptions.Length)
            {
                int count = consumptions[step] % (model.Count + 1);
                queue.Consume(count);
                model.RemoveRange(0, count);
            }

            Assert.That(queue.Unread.ToArray(), Is.EqualTo(model));
            Assert.That(queue.Count, Is.EqualTo(model.Count));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public void A_bounded_queue_never_holds_more_than_its_maximum(byte maximum, byte[] sizes)
    {
        var queue = new ByteQueue(maximum + 1);
        int expected = 0;
        foreach (byte size in sizes)
        {
            if (queue.Count + Math.Max((int)size, 1) > queue.MaximumCount)
            {
                Assert.That(() => queue.GetMemory(size), Throws.InvalidOperationException);
                queue.Consume(queue.Count / 2);
                expected = queue.Count;
                continue;
            }

            Assert.That(queue.GetSpan(size).Length, Is.InRange(size, queue.MaximumCount - queue.Count));
            queue.Advance(size);
            expected += size;
            Assert.That(queue.Count, Is.EqualTo(expected));
            Assert.That(queue.Capacity, Is.LessThanOrEqualTo(queue.MaximumCount));
        }
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public bool As_much_room_as_asked_for_is_given(ushort written, ushort consumed, ushort hint)
    {
        var queue = new ByteQueue();
        queue.Write(new byte[written]);
        queue.Consume(Math.Min(written, consumed));
        return queue.GetSpan(hint).Length >= Math.Max((int)hint, 1) && queue.GetMemory(hint).Length >= Math.Max((int)hint, 1);
    }

    [Test]
    public void A_new_queue_holds_no_memory() => Assert.That(new ByteQueue().Capacity, Is.Zero);

    [Test]
    public void The_buffer_at_most_doubles_beyond_what_arrived()
    {
        var queue = new ByteQueue();
        byte[] piece = new byte[1000];
        for (int arrived = 1000; arrived <= 1_000_000; arrived += 1000)
        {
            queue.Write(piece);
            Assert.That(queue.Capacity, Is.InRange(arrived, Math.Max(512, 2 * arrived)));
        }
    }

    [Test]
    public void A_large_buffer_is_given_up_when_the_queue_is_emptied([Values] bool byClearing)
    {
        var queue = new ByteQueue();
        queue.Write(new byte[ByteQueue.RetainedCapacity + 1]);

        if (byClearing)
        {
            queue.Clear();
        }
        else
        {
            queue.Consume(queue.Count);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(queue.Capacity, Is.Zero);
            Assert.That(queue.Count, Is.Zero);
        }
    }

    [Test]
    public void A_small_buffer_is_kept_when_the_queue_is_emptied()
    {
        var queue = new ByteQueue();
        queue.Write(new byte[ByteQueue.RetainedCapacity]);
        queue.Consume(queue.Count);

        Assert.That(queue.Capacity, Is.EqualTo(ByteQueue.RetainedCapacity));
    }

    [Test]
    public void Small_messages_passing_through_do_not_grow_the_buffer()
    {
        // Never quite emptied, as under a client that always has the next request on its way.
        var queue = new ByteQueue();
        queue.Write(new byte[10]);
        for (int message = 0; message < 10_000; message++)
        {
            queue.Write(new byte[64]);
            queue.Consume(64);
        }

        Assert.That(queue.Capacity, Is.LessThanOrEqualTo(1024));
    }

    [Test]
    public void A_full_queue_at_its_maximum_makes_room_by_moving()
    {
        var queue = new ByteQueue(1000);
        queue.Write(Enumerable.Range(0, 1000).Select(number => (byte)number).ToArray());
        queue.Consume(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Span<byte> room = queue.GetSpan(10);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        room.Fill(7);
        queue.Advance(10);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(room.Length, Is.EqualTo(10));
            Assert.That(allocated, Is.Zero);
            Assert.That(queue.Unread[0], Is.EqualTo(10));
            Assert.That(queue.Unread[989], Is.EqualTo(unchecked((byte)999)));
            Assert.That(queue.Unread[990..].ToArray(), Is.All.EqualTo(7));
        }
    }

    [Test]
    public void Asking_for_any_room_takes_what_is_left_rather_than_a_new_buffer()
    {
        var queue = new ByteQueue(1000);
        queue.Write(new byte[990]);
        queue.GetSpan();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int room = queue.GetSpan().Length;

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(room, Is.EqualTo(10));
    }

    [Test]
    public void Misuse_is_refused()
    {
        var queue = new ByteQueue(100);
        queue.Write(new byte[50]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => queue.Consume(51), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => queue.Consume(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => queue.Advance(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => queue.Advance(51), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => queue.GetMemory(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => queue.GetMemory(51), Throws.InvalidOperationException);
            Assert.That(() => new ByteQueue(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(queue.Count, Is.EqualTo(50));
        }
    }
}
